// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Dispatch
internal import Files
internal import Galley
internal import Glibc
internal import Synchronization

/// Computes the digests of all objects of an archive on all processors, the largest object first, so that none is left
/// alone with a large one at the end. Each thread holds one piece in memory.
struct ObjectHashing {
  private let reader: BundleReader
  private let threadCount: Int
  private let progress: @Sendable (BundleProgress) -> Void

  init(_ reader: BundleReader, threadCount: Int, _ progress: @escaping @Sendable (BundleProgress) -> Void) {
    self.reader = reader
    self.threadCount = threadCount
    self.progress = progress
  }

  /// Hashes everything.
  /// - Throws: `GalleyError` for the first damaged object in the order of the archive among those that were found.
  func run() throws(GalleyError) {
    let order = reader.entries.sorted { ($1.object.size, $0.offset) < ($0.object.size, $1.offset) }
    let state = State(total: order.reduce(0) { $0 + $1.object.size })
    DispatchQueue.concurrentPerform(iterations: min(threadCount, max(1, order.count))) { _ in
      while let index = state.next(order.count) {
        do throws(GalleyError) {
          try hash(order[index], state)
        } catch {
          state.fail(order[index].offset, error)
        }
      }
    }
    if let failure = state.failure { throw failure }
  }

  private func hash(_ entry: BundleReader.Entry, _ state: State) throws(GalleyError) {
    let bytes = ArchiveBytes(reader.descriptor, reader.path)
    let found = try bytes.digest(entry.offset, entry.object.size) { piece in
      if let done = state.add(piece.count) { progress(done) }
    }
    guard found == entry.object.digest else { throw reader.damaged(entry.object.digest, found) }
  }

  /// What the threads share.
  private final class State: Sendable {
    private let taken = Atomic<Int>(0)
    private let hasFailed = Atomic<Bool>(false)
    private let counts: Mutex<(done: Int, reported: Int)> = Mutex((0, 0))
    private let first: Mutex<(offset: Int, error: GalleyError)?> = Mutex(nil)
    private let total: Int

    init(total: Int) { self.total = total }

    /// The next object for a thread; `nil` if there is none or one was found damaged.
    func next(_ count: Int) -> Int? {
      guard !hasFailed.load(ordering: .relaxed) else { return nil }
      let index = taken.wrappingAdd(1, ordering: .relaxed).oldValue
      return index < count ? index : nil
    }

    /// Counts bytes; how far all have come, if that is worth saying.
    func add(_ count: Int) -> BundleProgress? {
      counts.withLock { counts in
        counts.done += count
        guard counts.done - counts.reported >= 16 << 20 || counts.done == total else { return nil }
        counts.reported = counts.done
        return BundleProgress(bytes: counts.done, total: total)
      }
    }

    func fail(_ offset: Int, _ error: GalleyError) {
      hasFailed.store(true, ordering: .relaxed)
      first.withLock { first in
        if first.map({ offset < $0.offset }) ?? true { first = (offset, error) }
      }
    }

    var failure: GalleyError? { first.withLock { $0?.error } }
  }
}
