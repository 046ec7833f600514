// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The order and the account of an ``ItemLoader``: which item a thread may begin, and which the reader gets next.
///
/// Items are begun in order and handed over in order. The next to be handed over is always loaded, being loaded, or the
/// next to be begun, so the limits can delay but never block it.
struct LoaderQueue<Value: Sendable>: Sendable {
  let count: Int
  let limits: LoaderLimits
  private(set) var statistics = LoaderStatistics()
  private(set) var isStopped = false
  private var begun = 0
  private var ready: [Int: (result: Result<Value, any Error>, byteCount: Int)] = [:]
  private var largest = 0
  /// The reader, if it waits.
  var reader: (@Sendable (ItemOutcome<Value>?) -> Void)?

  init(count: Int, limits: LoaderLimits) {
    self.count = max(0, count)
    self.limits = limits
  }

  enum Step { case load(Int), wait, leave }

  /// What a thread does next. Items that are being loaded are counted with the size of the largest seen.
  mutating func step() -> Step {
    if isStopped || begun == count { return .leave }
    let pending = begun - statistics.taken
    let isFull = pending >= limits.items
    let expected = statistics.bytes + (pending - ready.count + 1) * largest
    if pending > 0, isFull || expected > limits.bytes { return .wait }
    begun += 1
    statistics.peakItems = max(statistics.peakItems, pending + 1)
    return .load(begun - 1)
  }

  mutating func finish(_ index: Int, _ result: Result<LoadedItem<Value>, any Error>) {
    let byteCount = (try? result.get().byteCount) ?? 0
    ready[index] = (result.map(\.value), byteCount)
    largest = max(largest, byteCount)
    statistics.bytes += byteCount
    statistics.peakBytes = max(statistics.peakBytes, statistics.bytes)
  }

  enum Delivery { case item(ItemOutcome<Value>), end, notYet }

  /// The next item for the reader.
  mutating func take() -> Delivery {
    if isStopped || statistics.taken == count { return .end }
    guard let item = ready.removeValue(forKey: statistics.taken) else { return .notYet }
    let outcome = ItemOutcome(index: statistics.taken, result: item.result)
    statistics.taken += 1
    statistics.bytes -= item.byteCount
    if case .failure = item.result { statistics.failed += 1 }
    return .item(outcome)
  }

  mutating func stop() {
    isStopped = true
    ready = [:]
    statistics.bytes = 0
  }
}
