// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Images

/// Passes items through an adapter's function: the next batch is prepared and the former one is kept while one is
/// being answered.
struct BatchRun<Value: Sendable & Hashable> {
  typealias Outcome = AdapterItemResult<Value>.Outcome

  let items: [AdapterItem]
  let adapter: any ModelAdapter
  let batchSize: Int
  let settings: AdapterSettings
  /// Keeps what was answered: gives the items that could not be kept, by their position among these.
  let keep: ([(item: AdapterItem, value: Value)]) throws -> [Int: AdapterFailure]
  private var bisection: Bisection<Value>
  private(set) var outcomes: [Outcome?]
  private var done = 0
  private var failed = 0

  /// Why the adapter was given up.
  var ended: GalleyError? { bisection.ended }

  init(
    _ items: [AdapterItem], adapter: any ModelAdapter, batchSize: Int, settings: AdapterSettings,
    bisection: Bisection<Value>, keep: @escaping ([(item: AdapterItem, value: Value)]) throws -> [Int: AdapterFailure]
  ) {
    self.items = items
    self.adapter = adapter
    self.batchSize = batchSize
    self.settings = settings
    self.bisection = bisection
    self.keep = keep
    outcomes = .init(repeating: nil, count: items.count)
  }

  /// Items whose preparation went well, with their positions.
  private struct Prepared {
    var positions: [Int] = []
    var batch: AdapterBatch
  }

  /// What was answered for a batch, and what that has made of the adapter.
  private struct Answered: Sendable {
    var bisection: Bisection<Value>
    var answers: [BatchAnswer<Value>?]
  }

  /// A batch that is being answered, or waits for the one before it.
  private struct Asked {
    /// Kept here until it is answered: giving its memory back takes time, for which the next batch need not wait.
    let prepared: Prepared
    let task: Task<Answered, Never>
  }

  /// Goes through all items, until the adapter is given up.
  ///
  /// While a batch is being answered, the next one stands behind it and follows without anybody being asked, and the
  /// former one is kept.
  /// - Throws: `CancellationError` after what was answered has been kept; what `keep` throws.
  mutating func run() async throws {
    let loader = loader()
    defer { loader.stop() }
    var current = await ask(loader, after: nil)
    while let asked = current {
      let following = ended == nil ? await ask(loader, after: asked) : nil
      let answered = await withTaskCancellationHandler {
        await asked.task.value
      } onCancel: {
        asked.task.cancel()
        following?.task.cancel()
      }
      bisection = answered.bisection
      do {
        try take(asked.prepared.positions, answered.answers)
      } catch {
        following?.task.cancel()
        throw error
      }
      current = following
    }
    try Task.checkCancellation()
    if let ended { leave("the adapter was given up: \(ended.why)") }
  }

  /// Has the next batch answered as soon as the former one is.
  private mutating func ask(_ loader: ItemLoader<PreparedItem>, after former: Asked?) async -> Asked? {
    guard let prepared = await gather(loader) else { return nil }
    let task = Task { [bisection, batch = prepared.batch, former = former?.task] in
      var bisection = await former?.value.bisection ?? bisection
      let answers = await bisection.answer(batch)
      return Answered(bisection: bisection, answers: answers)
    }
    return Asked(prepared: prepared, task: task)
  }

  private func loader() -> ItemLoader<PreparedItem> {
    let limits = LoaderLimits(threads: max(1, settings.workers), items: 2 * batchSize, bytes: settings.preparedBytes)
    return ItemLoader(count: items.count, limits: limits) { [items, adapter] index in
      let prepared = try adapter.prepareItem(items[index])
      return LoadedItem(prepared, byteCount: prepared.byteCount)
    }
  }

  /// The next batch; items that can't be prepared are left out of it.
  private mutating func gather(_ loader: ItemLoader<PreparedItem>) async -> Prepared? {
    var positions: [Int] = []
    var prepared: [PreparedItem] = []
    positions.reserveCapacity(batchSize)
    prepared.reserveCapacity(batchSize)
    while positions.count < batchSize, let outcome = await loader.next() {
      switch outcome.result {
      case .success(let item):
        positions.append(outcome.index)
        prepared.append(item)
      case .failure(let error):
        let failure = error as? AdapterFailure ?? AdapterFailure(.prepare, error.reason)
        set(.failed(failure), at: outcome.index)
      }
    }
    guard !positions.isEmpty else { return nil }
    return Prepared(
      positions: positions, batch: AdapterBatch(items: positions.map { items[$0] }, prepared: prepared))
  }

  /// Keeps what was answered.
  private mutating func take(_ positions: [Int], _ answers: [BatchAnswer<Value>?]) throws {
    var kept: [(item: AdapterItem, value: Value)] = []
    var places: [Int] = []
    for (position, answer) in zip(positions, answers) {
      switch answer {
      case .value(let value):
        kept.append((items[position], value))
        places.append(position)
      case .skipped(let reason): set(.skipped(reason: reason), at: position)
      case .failed(let failure): set(.failed(failure), at: position)
      case nil: break
      }
    }
    let refused = kept.isEmpty ? [:] : try keep(kept)
    for (index, position) in places.enumerated() {
      set(refused[index].map { .failed($0) } ?? .ok(kept[index].value), at: position)
    }
    settings.onEvent?(.items(done: done, failed: failed, total: items.count))
  }

  private mutating func set(_ outcome: Outcome, at position: Int) {
    outcomes[position] = outcome
    done += 1
    guard case .failed(let failure) = outcome else { return }
    failed += 1
    settings.onEvent?(.failed(id: items[position].id, path: items[position].path, failure))
  }

  /// Says of all that were not tried why.
  private mutating func leave(_ reason: String) {
    for position in outcomes.indices where outcomes[position] == nil {
      outcomes[position] = .skipped(reason: reason)
    }
  }
}
