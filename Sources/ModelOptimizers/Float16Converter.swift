// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Files
internal import FoundationEssentials
internal import ONNX

/// Converts an ONNX file to float16: half the size, and half the memory traffic where the hardware computes in float16.
public struct Float16Converter: ModelOptimizer {
  /// The typed form of the card's options.
  public struct Options: Codable, Sendable, Equatable {
    /// Leave the model's inputs and outputs float32.
    public var keepEdges: Bool
    /// Names of nodes that stay float32.
    public var exclude: [String]
    /// Operators that stay float32 beside those that always do.
    public var excludeOperators: [String]

    /// Creates options.
    public init(keepEdges: Bool = true, exclude: [String] = [], excludeOperators: [String] = []) {
      self.keepEdges = keepEdges
      self.exclude = exclude
      self.excludeOperators = excludeOperators
    }
  }

  public static let card = Card(
    taxonomy: "optimizer.float16", version: SemanticVersion(1, 0, 0),
    summary: "Conversion to float16: weights rounded to the nearest, operators that need float32 left in it.",
    options: [
      OptionDeclaration(
        "keepEdges", .bool, default: .bool(true),
        help: "Leave the model's inputs and outputs float32, so that programs around it need not change."),
      OptionDeclaration("exclude", .list(.string), default: .list([]), help: "Names of nodes that stay float32."),
      OptionDeclaration(
        "excludeOperators", .list(.string), default: .list([]),
        help: "Operators that stay float32, for example Softmax."),
    ])

  private let options: Options

  public init(_ options: Options = Options()) { self.options = options }

  public var calibrationCount: Int { 0 }

  public func optimize(
    _ model: ModelFile, to output: String, calibration: (any ActivationObserver)?
  ) async throws -> OptimizationRecord {
    do {
      var (half, report) = try Model(contentsOf: URL(filePath: model.path)).convertedToFloat16(conversion)
      half.metadata["galley.float16.source"] = model.digest.hex
      try AtomicFile.write(half.serialized(), to: output)
      return OptimizationRecord(precision: "float16", notes: notes(on: report))
    } catch let error as ONNXError {
      throw GalleyError(.badData, "can't convert the model to float16", at: model.path, why: "\(error)")
    } catch let error as FileError {
      throw GalleyError(writing: error, "can't write the float16 model")
    }
  }

  private var conversion: Float16Conversion.Options {
    var conversion = Float16Conversion.Options()
    conversion.keepsInputsAndOutputs = options.keepEdges
    conversion.excludedNodes = Set(options.exclude)
    conversion.excludedOperators = Set(options.excludeOperators)
    return conversion
  }

  private func notes(on report: Float16Conversion.Report) -> [String] {
    var notes = [
      "Of \(report.nodes.count) operators on float32, \(report.convertedNodes) work in float16; "
        + "\(report.convertedTensors) weights rounded, \(report.casts) casts added."
    ]
    if report.clamped > 0 { notes.append("\(report.clamped) weights were beyond ±65504 and became that.") }
    if report.flushed > 0 { notes.append("\(report.flushed) weights were too small for float16 and became 0.") }
    return notes
      + report.nodes.compactMap { node in
        guard case .float32(let reason) = node.outcome else { return nil }
        return "\(node.operatorType) '\(node.name)' stays float32: \(reason)."
      }
  }
}
