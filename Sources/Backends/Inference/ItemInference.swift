// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Answers items: loads and prepares them in parallel, has them scored batch by batch, and gives one result for each, by
/// its id, in the items' order.
///
/// An item that can't be loaded, prepared or scored fails alone. What is held at once is bounded by the batch, however
/// many items there are. Blocks its thread.
public struct ItemInference: Sendable {
  /// How items are answered.
  public struct Settings: Sendable, Hashable {
    /// Items of one pass.
    public var batchSize: Int
    /// Threads that load items; 0 loads in the thread that computes; `nil` for a number that suits the items.
    public var workers: Int?
    /// Classes that an answer names.
    public var topK: Int
    /// For multi-label classification: the probability from which a class is chosen.
    public var threshold: Double
    /// Batches, at most.
    public var limitBatches: Int?

    /// Chooses.
    public init(
      batchSize: Int? = nil, workers: Int? = nil, topK: Int = 1, threshold: Double = 0.5, limitBatches: Int? = nil
    ) {
      self.batchSize = max(1, batchSize ?? 32)
      self.workers = workers
      self.topK = topK
      self.threshold = threshold
      self.limitBatches = limitBatches
    }
  }

  /// What became of an item, and what is known of it.
  public struct Outcome: Sendable, Hashable {
    /// What became of it.
    public var result: ItemResult
    /// Its classes, as indices in the model's labels; empty where nobody knows.
    public var truth: [Int]
  }

  /// What became of all.
  public struct Summary: Sendable, Hashable {
    /// Items by outcome.
    public var counts = VerbResult.ItemCounts()
    /// Whether the work was stopped before its end; the items that weren't tried were skipped.
    public var wasCancelled = false
    /// Items that were left out because of a limit on batches.
    public var leftOut = 0
    /// The first reason for which an item failed.
    public var firstFault: String?
  }

  private let items: InferenceItems
  private let preprocessing: Preprocessing
  private let labels: [String]
  private let task: EngineTask
  private let settings: Settings

  /// Plans.
  public init(
    _ items: InferenceItems, preprocessing: Preprocessing, labels: [String], task: EngineTask,
    settings: Settings = Settings()
  ) {
    self.items = items
    self.preprocessing = preprocessing
    self.labels = labels
    self.task = task
    self.settings = settings
  }

  /// The items that will be answered.
  public var count: Int {
    guard let limit = settings.limitBatches else { return items.count }
    let (most, overflow) = limit.multipliedReportingOverflow(by: settings.batchSize)
    return overflow ? items.count : min(items.count, most)
  }

  /// Answers the items.
  /// - Parameters:
  ///   - isCancelled: Asked between items; the rest is skipped once it says so.
  ///   - onItem: Gets each item's outcome, in order, on this thread.
  /// - Throws: `GalleyError` if no item could be answered because of the preprocessing, the labels or the options; what
  ///   `onItem` throws.
  public func run(
    _ scorer: some ItemScorer, isCancelled: () -> Bool = { false }, onItem: (Outcome) throws -> Void
  ) throws -> Summary {
    let reading = try ScoreReading(
      scorer.scoreKind, labels: labels, task: task, topK: settings.topK, threshold: settings.threshold)
    let loader = try InputLoader(items, preprocessing, inputShape: scorer.inputShape)
    let scoring = BatchScoring(scorer, classCount: labels.count)
    var stream = InputStream(loader, count: count, workers: workers, batch: settings.batchSize)
    defer { stream.stop() }
    var summary = Summary(leftOut: items.count - count)
    var pending: [Result<[Float], ItemFault>] = []
    var done = 0
    func emit(_ outcome: ItemResult.Outcome) throws {
      let item = items.items[done]
      done += 1
      summary.count(outcome)
      try onItem(Outcome(result: ItemResult(id: item.id, outcome), truth: item.truth))
    }
    func flush() throws {
      let scores = try scoring.score(pending.compactMap { try? $0.get() })
      var next = scores.makeIterator()
      for input in pending {
        switch input {
        case .failure(let fault): try emit(items.items[done].skipped ?? .failed(fault))
        case .success:
          let result = next.next() ?? .failure(ItemFault(.infer, "the model gave no scores for it"))
          try emit(Self.outcome(result, reading))
        }
      }
      pending.removeAll(keepingCapacity: true)
    }
    do {
      while !isCancelled(), let input = stream.take() {
        pending.append(input)
        let isFull = pending.count >= settings.batchSize
        if isFull { try flush() }
      }
      if !isCancelled() { try flush() }
    } catch is CancellationError {
      summary.wasCancelled = true
    }
    while done < count {
      summary.wasCancelled = true
      try emit(.skipped(reason: "the work was stopped"))
    }
    return summary
  }

  private static func outcome(_ scores: Result<[Float], ItemFault>, _ reading: ScoreReading) -> ItemResult.Outcome {
    switch scores {
    case .failure(let fault): return .failed(fault)
    case .success(let scores):
      do throws(ItemFault) {
        return .ok(try reading.answer(scores))
      } catch {
        return .failed(error)
      }
    }
  }

  private var workers: Int { settings.workers ?? (items.areFiles ? min(4, ProcessorCount.online) : 0) }
}

extension InferenceItems.Item {
  /// The outcome of an item that isn't tried.
  fileprivate var skipped: ItemResult.Outcome? {
    if case .unjudged(let reason) = source { .skipped(reason: reason) } else { nil }
  }
}

extension ItemResult.Outcome {
  /// The failure of an item for a reason.
  static func failed(_ fault: ItemFault) -> Self { .failed(stage: fault.stage, reason: fault.reason) }
}

extension ItemInference.Summary {
  /// Counts what became of an item.
  mutating func count(_ outcome: ItemResult.Outcome) {
    switch outcome {
    case .ok: counts.ok += 1
    case .skipped: counts.skipped += 1
    case .failed(_, let reason):
      counts.failed += 1
      firstFault = firstFault ?? reason
    }
  }
}
