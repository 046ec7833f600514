// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The sending end of a blob: what may be sent, and when it last moved.
struct OutgoingTransfer: Sendable {
  /// The blob's size.
  let size: UInt64
  /// The next byte.
  private(set) var offset: UInt64
  /// When it last moved.
  private(set) var moved: Duration
  private var credit: UInt64
  /// Bytes that were asked of the user and not given yet; 0 for the empty end of a blob.
  private var asked: Int?

  init(size: UInt64, offset: UInt64, credit: UInt32, at now: Duration) throws(ProtocolViolation) {
    guard offset <= size else { throw ProtocolViolation("offset \(offset) lies beyond \(size) bytes") }
    (self.size, self.offset, self.credit, moved) = (size, offset, 0, now)
    try add(credit, at: now)
  }

  private var isEndSent = false

  mutating func add(_ count: UInt32, at now: Duration) throws(ProtocolViolation) {
    guard count > 0, credit + UInt64(count) <= UInt64(FrameLimits.credit) else {
      throw ProtocolViolation("a credit of \(count) bytes is added to \(credit)")
    }
    credit += UInt64(count)
    moved = now
  }

  /// Whether bytes can be sent now.
  var canAsk: Bool { asked == nil && !isEndSent && (credit > 0 || offset == size) }

  /// How many bytes can be sent now; 0 stands for the empty end of a blob; `nil` if none.
  mutating func ask(most limit: Int) -> Int? {
    guard canAsk else { return nil }
    asked = Int(min(size - offset, credit, UInt64(max(limit, 1))))
    return asked
  }

  /// Counts bytes that are sent.
  /// - Returns: whether they are the blob's last, or `nil` if they aren't those that were asked for.
  mutating func give(_ count: Int, at now: Duration) -> Bool? {
    guard count == asked, !isEndSent else { return nil }
    offset += UInt64(count)
    credit -= min(credit, UInt64(count))
    asked = nil
    moved = now
    isEndSent = offset == size
    return isEndSent
  }
}

extension Dictionary where Key == UInt32 {
  /// The stream whose turn it is, of those that can go on: the next one behind the last, or else the least. It is asked
  /// after each message, so it looks at each once and sorts nothing.
  func next(after last: Key, where canGoOn: (Value) -> Bool) -> Key? {
    var found: Key?
    for (stream, state) in self where canGoOn(state) {
      // Counted from the last one on, numbers up to it come behind all others.
      if let best = found, best &- last &- 1 < stream &- last &- 1 { continue }
      found = stream
    }
    return found
  }
}

/// The receiving end of a blob: what may come, and when it last moved.
struct IncomingTransfer: Sendable {
  /// The blob's size.
  let size: UInt64
  /// How much of the blob is here.
  private(set) var offset: UInt64
  /// When it last moved.
  private(set) var moved: Duration
  /// Bytes that the other side may still send.
  private(set) var credit: UInt64
  private let window: UInt32
  /// Bytes that the user took and the sender doesn't know of.
  private var taken: UInt64 = 0

  init(size: UInt64, offset: UInt64, window: UInt32, at now: Duration) {
    let window = min(max(window, 1), UInt32(FrameLimits.credit))
    (self.size, self.offset, self.window, credit, moved) = (size, offset, window, UInt64(window), now)
  }

  /// Counts bytes that arrived.
  mutating func take(_ count: Int, isEnd: Bool, at now: Duration) throws(ProtocolViolation) {
    guard UInt64(count) <= credit else { throw ProtocolViolation("more of a blob arrives than there is credit for") }
    guard UInt64(count) <= size - offset, isEnd == (offset + UInt64(count) == size) else {
      throw ProtocolViolation("a blob of \(size) bytes doesn't end where it should")
    }
    offset += UInt64(count)
    credit -= UInt64(count)
    moved = now
  }

  /// Counts bytes that the user is done with.
  /// - Returns: the credit that is to be given, once it is worth a frame.
  mutating func consume(_ count: Int, at now: Duration) -> UInt32? {
    taken = min(taken + UInt64(max(count, 0)), UInt64(window) - credit)
    guard taken >= UInt64(window / 4), taken > 0, offset < size else { return nil }
    defer { taken = 0 }
    credit += taken
    moved = now
    return UInt32(taken)
  }
}
