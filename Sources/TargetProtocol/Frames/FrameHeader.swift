// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

/// The twelve bytes before each payload, all numbers little-endian: type, flags, two zeros, stream, length.
struct FrameHeader: Hashable {
  /// The flag of a message's or a blob's last frame.
  static let end: UInt8 = 1

  var type: FrameType
  var isEnd: Bool
  var stream: UInt32
  var length: Int

  init(_ type: FrameType, isEnd: Bool = true, stream: UInt32 = 0, length: Int) {
    self.type = type
    self.isEnd = isEnd
    self.stream = stream
    self.length = length
  }

  /// Reads and checks the bytes; nothing of what they claim is believed beyond the limits.
  init(_ bytes: Data) throws(ProtocolViolation) {
    var reader = WireReader(bytes)
    let number = try reader.byte()
    guard let type = FrameType(rawValue: number) else { throw ProtocolViolation("there is no frame type \(number)") }
    let flags = try reader.byte()
    guard flags & ~Self.end == 0, try reader.uint16() == 0 else {
      throw ProtocolViolation("a \(type) frame has unknown flags")
    }
    self.type = type
    isEnd = flags & Self.end != 0
    stream = try reader.uint32()
    guard (stream == 0) == type.isOfSession else { throw ProtocolViolation("a \(type) frame has stream \(stream)") }
    let claimed = try reader.uint32()
    guard claimed <= UInt32(FrameLimits.frame), Int(claimed) <= type.messageLengths.upperBound else {
      throw ProtocolViolation("a \(type) frame claims \(claimed) bytes")
    }
    length = Int(claimed)
    try checkForm()
  }

  private func checkForm() throws(ProtocolViolation) {
    if type == .data {
      guard length > 0 || isEnd else { throw ProtocolViolation("a data frame is empty and not the last") }
    } else if !isEnd {
      // A message grows by what arrives, and each of its frames must bring something.
      guard type.maySpanFrames, length > 0 else { throw ProtocolViolation("a \(type) frame isn't its message's last") }
    }
  }

  var bytes: Data {
    var writer = WireWriter(capacity: FrameLimits.header)
    write(to: &writer)
    return writer.data
  }

  func write(to writer: inout WireWriter) {
    writer.byte(type.rawValue)
    writer.byte(isEnd ? Self.end : 0)
    writer.uint16(0)
    writer.uint32(stream)
    writer.uint32(UInt32(clamping: length))
  }
}

/// What one side did that the protocol doesn't allow; it ends the session.
public struct ProtocolViolation: Error, Sendable, Hashable, CustomStringConvertible {
  /// What it was, as a clause.
  public let description: String

  init(_ description: String) { self.description = description }
}
