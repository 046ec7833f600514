// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How items are answered, by `predict`: the same for every backend.
public struct PredictOptions: VerbOptions {
  /// Items of one pass.
  public var batchSize: Int?
  /// Classes that an answer names, most probable first.
  public var topK = 1
  /// For multi-label classification: the probability from which a class is chosen.
  public var threshold = 0.5
  /// How the answers are written.
  public var format = FormatName.jsonLines
  /// Where the backend computes.
  public var device = DeviceName.auto
  /// Threads of one operation.
  public var threads: Int?
  /// Threads that load items.
  public var workers: Int?

  /// How the answers are written.
  public enum FormatName: String, Codable, Sendable, CaseIterable {
    case jsonLines = "json-lines"
    case csv
  }

  /// The defaults.
  public init() {}

  public static let declarations: [OptionDeclaration] = [
    OptionDeclaration(
      "batchSize", .optional(.int(minimum: 1, maximum: 65_536), word: "auto"), default: .null,
      help: "Items of one pass."),
    OptionDeclaration(
      "topK", .int(minimum: 1, maximum: 1000), default: 1, help: "Classes that an answer names, most probable first."),
    OptionDeclaration(
      "threshold", .float(minimum: 0, maximum: 1), default: 0.5,
      help: "For multi-label classification: the probability from which a class is chosen."),
    OptionDeclaration(
      "format", choice(FormatName.self), default: "json-lines", help: "How the answers are written."),
    OptionDeclaration("device", choice(DeviceName.self), default: "auto", help: "Where the backend computes."),
    OptionDeclaration(
      "threads", .optional(.int(minimum: 1, maximum: 1024), word: "auto"), default: .null,
      help: "Threads of one operation."),
    OptionDeclaration(
      "workers", .optional(.int(minimum: 0, maximum: 1024), word: "auto"), default: .null,
      help: "Threads that load items; 0 loads in the thread that computes."),
  ]
}
