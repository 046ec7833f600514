// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials

/// What the bytes of the other side say, in order.
public enum IncomingFrame: Sendable, Hashable {
  /// The first eight bytes.
  case preamble(Preamble)
  /// A whole message, however many frames it had.
  case message(FrameType, stream: UInt32, payload: Data)
  /// Bytes of a blob: a part of a data frame, passed on as it arrived. `isEnd` stands at the blob's last byte.
  case piece(stream: UInt32, bytes: Data, isEnd: Bool)
}

/// Understands a stream of bytes, however it is cut.
///
/// It keeps at most one unfinished message, grown by what arrived and never by what a header claims, and a header's
/// twelve bytes. Bytes of blobs are passed on as slices of what was given, without a copy.
public struct FrameDecoder: Sendable {
  /// Most bytes of a message; a session keeps it low until it knows the other side.
  public var messageLimit: Int
  /// Frames that ended, the preamble not counted.
  public private(set) var finishedFrames = 0
  private var stage: Stage
  private var partial = Data()
  private var message: Message?

  private enum Stage: Sendable {
    case preamble
    case header
    /// Within a payload, of which so many bytes are missing.
    case payload(FrameHeader, missing: Int)
  }

  /// A message whose last frame hasn't come.
  private struct Message: Sendable {
    var type: FrameType
    var stream: UInt32
    var bytes = Data()
  }

  /// Begins at the preamble.
  public init(messageLimit: Int = FrameLimits.message, expectsPreamble: Bool = true) {
    self.messageLimit = messageLimit
    stage = expectsPreamble ? .preamble : .header
  }

  /// Bytes that wait for more.
  public var heldByteCount: Int { partial.count + (message?.bytes.count ?? 0) }

  /// Whether a frame has begun and not ended.
  public var isWithinFrame: Bool {
    if case .payload = stage { return true }
    return !partial.isEmpty
  }

  /// Takes the next bytes and hands over what they complete.
  /// - Throws: ``ProtocolViolation`` if they can't be understood, after what came before was handed over. Nothing that
  ///   follows can be understood then.
  public mutating func append(
    _ bytes: Data, _ take: (IncomingFrame) throws(ProtocolViolation) -> Void
  ) throws(ProtocolViolation) {
    var rest = bytes
    repeat {
      switch stage {
      case .preamble:
        guard let head = fill(Preamble.byteCount, from: &rest) else { return }
        stage = .header
        try take(.preamble(try Preamble(head)))
      case .header:
        guard let head = fill(FrameLimits.header, from: &rest) else { return }
        try begin(try FrameHeader(head), take)
      case .payload(let header, let missing):
        guard !rest.isEmpty else { return }
        let part = rest.prefix(missing)
        rest = rest.dropFirst(part.count)
        try self.take(part, header, missing - part.count, take)
      }
    } while !rest.isEmpty
  }

  /// Gathers `count` bytes over several calls; `nil` as long as they aren't there.
  private mutating func fill(_ count: Int, from rest: inout Data) -> Data? {
    if partial.isEmpty, rest.count >= count {
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }
    let part = rest.prefix(count - partial.count)
    partial.append(part)
    rest = rest.dropFirst(part.count)
    guard partial.count == count else { return nil }
    defer { partial = Data() }
    return partial
  }

  private mutating func begin(
    _ header: FrameHeader, _ take: (IncomingFrame) throws(ProtocolViolation) -> Void
  ) throws(ProtocolViolation) {
    if header.type != .data { try admit(header) }
    stage = .payload(header, missing: header.length)
    if header.length == 0 { try self.take(Data(), header, 0, take) }
  }

  /// Checks a message's frame against the limits and against the message that is unfinished.
  private func admit(_ header: FrameHeader) throws(ProtocolViolation) {
    var total = header.length
    if let message {
      if message.type == header.type, message.stream == header.stream {
        total += message.bytes.count
      } else if !header.type.mayInterrupt {
        throw ProtocolViolation("a \(header.type) frame stands within a \(message.type) message")
      }
    }
    guard total <= min(header.type.messageLengths.upperBound, max(messageLimit, FrameLimits.close)) else {
      throw ProtocolViolation("a \(header.type) message has more than \(messageLimit) bytes")
    }
    guard !header.isEnd || total >= header.type.messageLengths.lowerBound else {
      throw ProtocolViolation("a \(header.type) message has only \(total) bytes")
    }
  }

  private mutating func take(
    _ part: Data, _ header: FrameHeader, _ missing: Int, _ take: (IncomingFrame) throws(ProtocolViolation) -> Void
  ) throws(ProtocolViolation) {
    stage = missing == 0 ? .header : .payload(header, missing: missing)
    if missing == 0 { finishedFrames &+= 1 }
    if header.type == .data {
      return try take(.piece(stream: header.stream, bytes: part, isEnd: header.isEnd && missing == 0))
    }
    if let done = gather(part, header, missing) {
      try take(.message(header.type, stream: header.stream, payload: done))
    }
  }

  /// Adds a part of a payload to its message; the message's bytes once it is whole.
  private mutating func gather(_ part: Data, _ header: FrameHeader, _ missing: Int) -> Data? {
    let continues = message.map { $0.type == header.type && $0.stream == header.stream } ?? false
    if message != nil, !continues {
      // A short frame within a longer message: it waits in the bytes of its own.
      partial.append(part)
      guard missing == 0 else { return nil }
      defer { partial = Data() }
      return partial
    }
    if !continues, missing == 0, header.isEnd { return part }
    var message = self.message ?? Message(type: header.type, stream: header.stream)
    self.message = nil
    message.bytes.append(part)
    guard missing == 0, header.isEnd else {
      self.message = message
      return nil
    }
    return message.bytes
  }
}
