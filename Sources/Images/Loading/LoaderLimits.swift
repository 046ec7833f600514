// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How much an ``ItemLoader`` does and holds at once.
public struct LoaderLimits: Sendable, Hashable, Codable {
  /// Threads that load items. With 0, a reader that blocks loads each item itself when it asks for it, and nothing is
  /// loaded ahead; a reader with tasks, whose thread must not be blocked, gets one.
  public var threads: Int
  /// Items that are loaded or being loaded and were not taken yet; at least 1.
  public var items: Int
  /// Bytes that these items may occupy together. One item is always let through, however large.
  public var bytes: Int

  /// Creates limits.
  public init(threads: Int = 2, items: Int = 16, bytes: Int = 512 << 20) {
    self.threads = max(0, threads)
    self.items = max(1, items)
    self.bytes = max(1, bytes)
  }
}

/// What was loaded, and how many bytes it holds.
public struct LoadedItem<Value: Sendable>: Sendable {
  public var value: Value
  public var byteCount: Int

  /// Creates an item.
  public init(_ value: Value, byteCount: Int) {
    self.value = value
    self.byteCount = byteCount
  }
}

/// One item of an ``ItemLoader``: its place in the order, and its value or why it could not be loaded.
public struct ItemOutcome<Value: Sendable>: Sendable {
  public let index: Int
  public let result: Result<Value, any Error>
}

/// What an ``ItemLoader`` has done.
public struct LoaderStatistics: Sendable, Hashable {
  /// Items that were taken, loaded or not.
  public var taken = 0
  /// Items that could not be loaded.
  public var failed = 0
  /// Bytes of loaded items that nobody has taken yet.
  public var bytes = 0
  /// The largest that ``bytes`` ever was.
  public var peakBytes = 0
  /// The most items that were loaded or being loaded at once.
  public var peakItems = 0
}
