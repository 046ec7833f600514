// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How a model becomes a package that runtimes execute, by `export`: the same for every backend.
public struct ExportOptions: VerbOptions {
  /// The format of the model's file.
  public var format = FormatName.onnx
  /// Version of ONNX's operator set.
  public var opset = 18
  /// The precision of the weights.
  public var precision = PrecisionName.fp32
  /// Where preprocessing goes.
  public var preprocessing = PreprocessingPlace.card
  /// Whether ModelAPI's metadata is written, so that its inferencer runs the model unchanged.
  public var modelAPI = true
  /// Whether the number of items in one inference stays open.
  public var dynamicBatch = true
  /// The largest difference of a score between the trained and the exported model; a part of the largest score where
  /// that is beyond 1.
  public var tolerance = 1e-4
  /// Real items that both models see for the certificate, at most.
  public var samples = 64
  /// Threads of one operation.
  public var threads: Int?

  /// The format of the model's file.
  public enum FormatName: String, Codable, Sendable, CaseIterable { case onnx }
  /// The precision of the weights.
  public enum PrecisionName: String, Codable, Sendable, CaseIterable { case fp32, fp16 }
  /// Where preprocessing goes.
  public enum PreprocessingPlace: String, Codable, Sendable, CaseIterable {
    /// The card says it; whoever runs the model does it.
    case card
    /// The graph takes raw pixels and scales and normalises them itself; sizes are the caller's affair.
    case graph
  }

  /// The defaults.
  public init() {}

  public static let declarations: [OptionDeclaration] = [
    OptionDeclaration("format", choice(FormatName.self), default: "onnx", help: "The format of the model's file."),
    OptionDeclaration(
      "opset", .int(minimum: 18, maximum: 21), default: 18, help: "Version of ONNX's operator set."),
    OptionDeclaration(
      "precision", choice(PrecisionName.self), default: "fp32", help: "The precision of the weights."),
    OptionDeclaration(
      "preprocessing", choice(PreprocessingPlace.self), default: "card",
      help: "Where scaling and normalisation go: card leaves them to the caller, graph puts them into the model."),
    OptionDeclaration(
      "modelAPI", .bool, default: true,
      help: "Whether ModelAPI's metadata is written, so that its inferencer runs the model unchanged."),
    OptionDeclaration(
      "dynamicBatch", .bool, default: true, help: "Whether the number of items in one inference stays open."),
    OptionDeclaration(
      "tolerance", .float(minimum: 0, maximum: 1), default: 1e-4,
      help: "The largest difference of a score between the trained and the exported model; a part of the largest score "
        + "where that is beyond 1."),
    OptionDeclaration(
      "samples", .int(minimum: 1, maximum: 100_000), default: 64,
      help: "Real items that both models see for the certificate, at most."),
    .threads,
  ]
}
