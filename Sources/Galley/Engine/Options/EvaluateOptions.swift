// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How a model is judged, by `validate` and `test`: the same for every backend.
public struct EvaluateOptions: VerbOptions {
  /// Items of one pass.
  public var batchSize: Int?
  /// The figures; empty for all that suit the task.
  public var metrics: [String] = []
  /// For multi-label classification: the probability from which a class is chosen.
  public var threshold = 0.5
  /// For top-k accuracy: k.
  public var topK = 5
  /// Resamples of bootstrap intervals; 0 for none.
  public var resamples = 1000
  /// Batches, at most.
  public var limitBatches: Int?
  /// Where the backend computes.
  public var device = DeviceName.auto
  /// Threads of one operation.
  public var threads: Int?
  /// Threads that load items.
  public var workers: Int?
  /// Seed of the resamples.
  public var seed = 2026

  /// The defaults.
  public init() {}

  public static let declarations: [OptionDeclaration] = [
    .batchSize("Items of one pass."),
    OptionDeclaration(
      "metrics", .list(.string), default: .list([]), help: "The figures; none given: all that suit the task."),
    .threshold,
    .topK(default: 5, "For top-k accuracy: k."),
    OptionDeclaration(
      "resamples", .int(minimum: 0, maximum: 1_000_000), default: 1000,
      help: "Resamples of bootstrap intervals; 0 for none."),
    .limit("limitBatches", "Batches, at most."),
    .device,
    .threads,
    .workers("Threads that load items; 0 loads in the thread that computes."),
    .seed("Seed of the resamples."),
  ]
}
