// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Loads items on threads of its own, or on its reader's if it is to have none, and hands them over in order.
///
/// An item that can't be loaded is handed over as a failure in its place; others are not touched by it. What is loaded
/// ahead is bounded in number and in bytes. The order depends on nothing but the items' numbers. Loading begins with the
/// first item that is asked for. It ends when all items were taken, ``stop()`` is called, the reading task is cancelled,
/// or nobody holds the loader any more.
///
///     let loader = ItemLoader(count: paths.count) { index in
///       let image = try Image(contentsOf: paths[index])
///       return LoadedItem(image, byteCount: image.bytes.count)
///     }
///     for await item in loader { … item.index … item.result … }
///
/// A loader is read once, by one reader.
public final class ItemLoader<Value: Sendable>: Sendable {
  private let core: LoaderCore<Value>

  /// Creates a loader of the items 0 up to but not including `count`.
  /// - Parameter load: loads one item, on one of the loader's threads or, without any, on the reader's; blocks it until done.
  public init(
    count: Int, limits: LoaderLimits = LoaderLimits(),
    load: @escaping @Sendable (_ index: Int) throws -> LoadedItem<Value>
  ) {
    core = LoaderCore(LoaderQueue(count: count, limits: limits), load)
  }

  deinit { core.stop() }

  /// The next item in order; nil after the last, after ``stop()``, and if the task was cancelled.
  public func next() async -> ItemOutcome<Value>? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        core.take { continuation.resume(returning: $0) }
      }
    } onCancel: {
      core.stop()
    }
  }

  /// The next item, for a reader without tasks: blocks the thread until it is there.
  public func nextBlocking() -> ItemOutcome<Value>? { core.takeBlocking() }

  /// Ends loading. Items that are being loaded are finished and dropped; the reader gets no more.
  public func stop() { core.stop() }

  /// Blocks until every thread of the loader has ended.
  public func waitUntilEnded() { core.waitUntilEnded() }

  /// What was done so far.
  public var statistics: LoaderStatistics { core.statistics }
}

extension ItemLoader: AsyncSequence {
  public typealias Element = ItemOutcome<Value>
  public typealias Failure = Never

  /// Reads a loader.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let loader: ItemLoader<Value>

    public mutating func next() async -> ItemOutcome<Value>? { await loader.next() }

    public mutating func next(isolation actor: isolated (any Actor)?) async throws(Never) -> ItemOutcome<Value>? {
      await loader.next()
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(loader: self) }
}
