// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Foundation

/// How the functions around an adapter work.
public struct AdapterSettings: Sendable {
  /// Items of one batch; `nil`: the configuration's `batch_size`, else what the card says.
  public var batchSize: Int?
  /// Threads that prepare items.
  public var workers: Int
  /// Bytes of prepared items that wait, at most.
  public var preparedBytes: Int
  /// How long one call of `predict` or `embed` may take; `nil` for ever.
  public var deadline: Duration?
  /// How long a call that was stopped may go on before the adapter is given up.
  public var patience: Duration
  /// The name of the run: one that was begun is taken up where it stood. `nil` for a new one.
  public var run: String?
  /// Whether data prepared for a training stays.
  public var keepsData: Bool
  /// Told of what happens, in order; it must return soon.
  public var onEvent: (@Sendable (AdapterEvent) -> Void)?

  /// One thread for each core, at least two and at most eight.
  public static let usualWorkers = min(max(2, ProcessInfo.processInfo.activeProcessorCount), 8)

  /// Creates settings.
  public init(
    batchSize: Int? = nil, workers: Int = usualWorkers, preparedBytes: Int = 512 << 20,
    deadline: Duration? = .seconds(300),
    patience: Duration = .seconds(10), run: String? = nil, keepsData: Bool = false,
    onEvent: (@Sendable (AdapterEvent) -> Void)? = nil
  ) {
    self.batchSize = batchSize
    self.workers = workers
    self.preparedBytes = preparedBytes
    self.deadline = deadline
    self.patience = patience
    self.run = run
    self.keepsData = keepsData
    self.onEvent = onEvent
  }
}

/// What happens while an adapter is at work.
public enum AdapterEvent: Sendable, Hashable {
  /// What is done now, as a gerund: `loading the model`.
  case stage(String)
  /// How many items are done, failed ones among them.
  case items(done: Int, failed: Int, total: Int)
  /// An item failed.
  case failed(id: String, path: String, AdapterFailure)
  /// An epoch was finished.
  case epoch(AdapterEpoch)
  /// A sentence for people.
  case note(String)
}
