// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
public import Images

internal import Tensors

/// The batches of one epoch, in order. It is read once, by one reader; loading ends with the last batch, ``stop()``, the
/// cancellation of the reading task, or when nobody holds it any more.
public final class TrainingEpoch: Sendable {
  /// The epoch, from 0.
  public let number: Int
  /// The steps that are read.
  public let steps: Range<Int>

  private let batches: TrainingBatches
  /// Positions of the items, from the first step on.
  private let order: [Int]
  private let loader: ItemLoader<ItemPixels.Values>

  init(_ batches: TrainingBatches, epoch: Int, from step: Int) {
    let (size, steps) = (batches.options.batchSize, step..<batches.stepsPerEpoch)
    let order = Array(batches.order(inEpoch: epoch).prefix(steps.upperBound * size).dropFirst(step * size))
    self.batches = batches
    self.steps = steps
    self.order = order
    number = epoch
    let (items, pixels) = (batches.items, batches.pixels)
    loader = ItemLoader(count: order.count, limits: batches.options.limits) { index in
      let values = try pixels.load(items[order[index]], epoch: epoch)
      return LoadedItem(values, byteCount: values.byteCount)
    }
  }

  /// The next batch; nil after the last.
  public func next() async -> TrainingBatch? {
    guard let upcoming else { return nil }
    var assembly = BatchAssembly(batches, epoch: number, step: upcoming.step)
    for _ in 0..<upcoming.count {
      guard let outcome = await loader.next() else { return nil }
      assembly.append(batches.items[order[outcome.index]], outcome.result)
    }
    return assembly.batch
  }

  /// The next batch, for a reader without tasks: blocks the thread until it is there; nil after the last.
  public func nextBlocking() -> TrainingBatch? {
    guard let upcoming else { return nil }
    var assembly = BatchAssembly(batches, epoch: number, step: upcoming.step)
    for _ in 0..<upcoming.count {
      guard let outcome = loader.nextBlocking() else { return nil }
      assembly.append(batches.items[order[outcome.index]], outcome.result)
    }
    return assembly.batch
  }

  /// The next step and the number of its items; nil after the last.
  private var upcoming: (step: Int, count: Int)? {
    let (taken, size) = (loader.statistics.taken, batches.options.batchSize)
    guard taken < order.count else { return nil }
    return (steps.lowerBound + taken / size, Swift.min(size, order.count - taken))
  }

  /// Ends loading; the reader gets no more batches.
  public func stop() { loader.stop() }

  /// Blocks until every thread has ended.
  public func waitUntilEnded() { loader.waitUntilEnded() }

  /// What was loaded so far, failures and the most bytes held ahead.
  public var statistics: LoaderStatistics { loader.statistics }
}

extension TrainingEpoch: AsyncSequence {
  public typealias Element = TrainingBatch
  public typealias Failure = Never

  /// Reads an epoch.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let epoch: TrainingEpoch

    public mutating func next() async -> TrainingBatch? { await epoch.next() }

    public mutating func next(isolation actor: isolated (any Actor)?) async throws(Never) -> TrainingBatch? {
      await epoch.next()
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(epoch: self) }
}
