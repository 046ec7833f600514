// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Room for durations, allocated before they are measured, so that nothing is allocated between two of them.
///
/// The storage is touched when it is made: a page fault in the middle of a measurement would be part of it.
public struct DurationLog: ~Copyable {
  @usableFromInline let storage: UnsafeMutableBufferPointer<UInt64>
  /// How many durations are in the log.
  public private(set) var count = 0

  /// Makes room.
  /// - Parameter capacity: Durations that fit; at least one.
  public init(capacity: Int) {
    storage = .allocate(capacity: max(capacity, 1))
    storage.initialize(repeating: 0)
  }

  deinit { storage.deallocate() }

  /// How many durations fit.
  public var capacity: Int { storage.count }
  /// How many more fit.
  public var room: Int { storage.count - count }

  /// Empties the log; its room stays.
  public mutating func removeAll() { count = 0 }

  /// The durations in nanoseconds, in the order in which they were measured.
  public var nanoseconds: [UInt64] { Array(storage[..<count]) }

  /// The durations from `start` on, in seconds.
  public func seconds(from start: Int = 0) -> [Double] {
    storage[min(max(start, 0), count)..<count].map { Double($0) * 1e-9 }
  }

  /// Counts durations that a loop has written behind the last one.
  @usableFromInline mutating func advance(by more: Int) { count += min(max(more, 0), room) }

  /// Where the next duration goes.
  @usableFromInline var nextSlot: UnsafeMutablePointer<UInt64>? { storage.baseAddress.map { $0 + count } }
}
