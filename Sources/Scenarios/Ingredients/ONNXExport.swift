// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Exports to ONNX by tracing, and refuses a file that doesn't compute what was trained.
public struct ONNXExport: Ingredient {
  /// The typed form of the card's options.
  public struct Options: Codable, Sendable, Equatable {
    /// Version of ONNX's operator set.
    public var opset: Int
    /// Largest difference of a score between the trained and the exported model; a part of the largest score where that
    /// is beyond 1.
    public var tolerance: Double
    /// Validation items that both models see.
    public var samples: Int
  }

  public static let card = Card(
    taxonomy: "export.onnx", version: SemanticVersion(1, 0, 0),
    summary: "Exports to ONNX by tracing and certifies that the file computes what was trained.",
    options: [
      OptionDeclaration(
        "opset", .int(minimum: 18, maximum: 21), default: .int(18), help: "Version of ONNX's operator set."),
      OptionDeclaration(
        "tolerance", .float(minimum: 0, maximum: 1), default: .float(1e-4),
        help: "Largest difference of a score between the trained and the exported model; a part of the largest score "
          + "where that is beyond 1."),
      OptionDeclaration(
        "samples", .int(minimum: 1, maximum: 100_000), default: .int(256),
        help: "Validation items that both models see, at most."),
    ], tools: ["libtorch", "onnxruntime"])

  /// The options.
  public let options: Options

  public init(_ options: Options) { self.options = options }
}
