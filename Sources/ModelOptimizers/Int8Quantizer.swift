// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Files
internal import FoundationEssentials
public import ONNX

/// Quantizes an ONNX file to 8-bit integers, static, with ranges observed on training items.
public struct Int8Quantizer: ModelOptimizer {
  /// The typed form of the card's options.
  public struct Options: Codable, Sendable, Equatable {
    /// Training items that ranges are observed on, at most.
    public var samples: Int
    /// The integers of activations.
    public var activations: StaticQuantization.ActivationType
    /// How much of their range the weights may use.
    public var weights: StaticQuantization.WeightRange
    /// Names of nodes that stay float32.
    public var exclude: [String]

    /// Creates options.
    public init(
      samples: Int = 256, activations: StaticQuantization.ActivationType = .uint8,
      weights: StaticQuantization.WeightRange = .saturationFree, exclude: [String] = []
    ) {
      self.samples = samples
      self.activations = activations
      self.weights = weights
      self.exclude = exclude
    }
  }

  public static let card = Card(
    taxonomy: "optimizer.int8", version: SemanticVersion(1, 0, 0),
    summary: "Static quantization to 8-bit integers: per-channel symmetric weights, asymmetric activations (QDQ).",
    options: [
      OptionDeclaration(
        "samples", .int(minimum: 1, maximum: 100_000), default: .int(256),
        help: "Training items that the ranges of activations are observed on, at most."),
      OptionDeclaration(
        "activations", .choice(StaticQuantization.ActivationType.allCases.map { Choice($0.rawValue) }),
        default: .string("uint8"),
        help: "The integers of activations."),
      OptionDeclaration(
        "weights", .choice(StaticQuantization.WeightRange.allCases.map { Choice($0.rawValue) }),
        default: .string("saturationFree"),
        help: "How much of -127…127 the weights may use; saturationFree is exact on processors without VNNI too."),
      OptionDeclaration("exclude", .list(.string), default: .list([]), help: "Names of nodes that stay float32."),
    ])

  private let options: Options

  public init(_ options: Options = Options()) { self.options = options }

  public var calibrationCount: Int { options.samples }

  public func optimize(
    _ model: ModelFile, to output: String, calibration: (any ActivationObserver)?
  ) async throws -> OptimizationRecord {
    guard let calibration, !calibration.itemIDs.isEmpty else {
      throw GalleyError(
        .configuration, "can't quantize the model", at: "optimizer", why: "there are no training items to observe",
        remedy: "Give the recipe a data set with training items, or choose optimizer: none.")
    }
    do {
      let plan = try StaticQuantization.plan(for: Model(contentsOf: URL(filePath: model.path)), options: quantization)
      let ranges = try await observe(plan, with: calibration, beside: output)
      var (quantized, report) = try plan.quantization(ranges: ranges)
      quantized.metadata = quantized.metadata.merging(provenance(of: model, calibration)) { $1 }
      try AtomicFile.write(quantized.serialized(), to: output)
      return OptimizationRecord(precision: "int8", notes: notes(on: report, calibration))
    } catch let error as ONNXError {
      throw GalleyError(.badData, "can't quantize the model", at: model.path, why: "\(error)")
    } catch let error as FileError {
      throw GalleyError(writing: error, "can't write the quantized model")
    }
  }

  private var quantization: StaticQuantization.Options {
    var quantization = StaticQuantization.Options()
    quantization.activationType = options.activations
    quantization.weightRange = options.weights
    quantization.excludedNodes = Set(options.exclude)
    return quantization
  }

  /// Runs a copy of the model that shows its activations.
  private func observe(
    _ plan: QuantizationPlan, with calibration: any ActivationObserver, beside output: String
  ) async throws -> [String: ActivationRange] {
    let observing = output + ".observing.onnx"
    defer { try? FileManager.default.removeItem(atPath: observing) }
    try AtomicFile.write(plan.observing().serialized(), to: observing)
    return try await calibration.ranges(ofOutputsOf: observing)
      .mapValues { ActivationRange(minimum: $0.minimum, maximum: $0.maximum) }
  }

  private func provenance(of model: ModelFile, _ calibration: any ActivationObserver) -> [String: String] {
    [
      "galley.quantization":
        "int8 static QDQ, weights \(options.weights.rawValue), activations \(options.activations.rawValue)",
      "galley.quantization.source": model.digest.hex,
      "galley.quantization.calibration": Digest(of: calibration.itemIDs.joined(separator: "\n")).hex,
    ]
  }

  private func notes(on report: QuantizationReport, _ calibration: any ActivationObserver) -> [String] {
    let count = report.nodes.count { $0.outcome == .quantized }
    let fused = report.nodes.count { $0.outcome == .fused }
    let floats = report.nodes.compactMap { node -> String? in
      guard case .float(let reason) = node.outcome else { return nil }
      return "\(node.operatorType) '\(node.name)' stays float32: \(reason)."
    }
    return [
      "Of \(report.nodes.count) operators \(count) work on 8-bit integers and \(fused) are part of the one before them; "
        + "weights per channel (\(options.weights.rawValue)), activations \(options.activations.rawValue), ranges from "
        + "\(calibration.itemIDs.count) training items."
    ] + floats
  }
}
