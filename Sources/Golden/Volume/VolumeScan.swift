// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Dispatch
internal import FoundationEssentials
internal import GRDB
internal import Synchronization

/// Looks through a large table with several connections, each in a part of its own: what no index finds is found as much
/// sooner as there are processors.
final class VolumeScan: Sendable {
  /// Where rows lie in the table.
  typealias Part = ClosedRange<Int64>

  private let connect: @Sendable () throws -> DatabaseQueue
  private let workers: Int
  private let queues = Mutex<[DatabaseQueue]>([])

  /// - Parameters:
  ///   - workers: How many parts are read at once.
  ///   - connect: Opens the volume once more. The connection must not wait for a lock: a writer that waits for this
  ///     process's first connection would let the others wait for ever.
  init(
    workers: Int = min(ProcessInfo.processInfo.activeProcessorCount, 8),
    connect: @escaping @Sendable () throws -> DatabaseQueue
  ) {
    self.workers = workers
    self.connect = connect
  }

  deinit { close() }

  func close() {
    queues.withLock { queues in
      for queue in queues { try? queue.close() }
      queues = []
    }
  }

  /// What each part gives, in the order of the rows.
  ///
  /// The caller has to be reading, which keeps writers from changing anything between the parts.
  /// - Returns: `nil` if it can't be done, because a writer is waiting or there is one processor: the caller then
  ///   looks by itself.
  func run<Found: Sendable>(
    _ rows: Part, _ body: @Sendable (Database, Part) throws -> Found
  ) -> [Found]? {
    guard workers > 1, let queues = try? open() else { return nil }
    let parts = Self.divide(rows, into: queues.count)
    let found = Mutex<[Int: Found]>([:])
    DispatchQueue.concurrentPerform(iterations: parts.count) { index in
      guard let part = try? queues[index].read({ try body($0, parts[index]) }) else { return }
      found.withLock { $0[index] = part }
    }
    let all = found.withLock { found in parts.indices.compactMap { found[$0] } }
    return all.count == parts.count ? all : nil
  }

  private func open() throws -> [DatabaseQueue] {
    try queues.withLock { queues in
      while queues.count < workers { queues.append(try connect()) }
      return queues
    }
  }

  private static func divide(_ rows: Part, into count: Int) -> [Part] {
    let step = (rows.upperBound - rows.lowerBound) / Int64(count) + 1
    return stride(from: rows.lowerBound, through: rows.upperBound, by: Int(step)).map {
      $0...min($0 + step - 1, rows.upperBound)
    }
  }
}
