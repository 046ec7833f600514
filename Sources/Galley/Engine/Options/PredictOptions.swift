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
    .batchSize("Items of one pass."),
    .topK(default: 1, "Classes that an answer names, most probable first."),
    .threshold,
    OptionDeclaration(
      "format", choice(FormatName.self), default: "json-lines", help: "How the answers are written."),
    .device,
    .threads,
    .workers("Threads that load items; 0 loads in the thread that computes."),
  ]
}
