// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

package import FoundationEssentials

/// The bytes that one side writes, in the order in which they are to be written. Payloads of blobs stay as they were
/// given, so that a transport can gather header and payload without a copy.
package enum OutgoingFrame {
  /// Payloads up to this length are copied behind their header, since one write costs more than the copy.
  private static let longestCopy = 1 << 14

  /// A message, cut into as many frames as it needs.
  /// - Parameter beginning: What stands in the payload before the rest of it.
  package static func message(
    _ type: FrameType, stream: UInt32 = 0, beginning: Data = Data(), _ payload: Data = Data()
  ) -> [Data] {
    let length = beginning.count + payload.count
    guard length > FrameLimits.frame else {
      let isShort = length <= longestCopy
      var writer = WireWriter(capacity: FrameLimits.header + (isShort ? length : beginning.count))
      FrameHeader(type, stream: stream, length: length).write(to: &writer)
      writer.bytes(beginning)
      guard isShort else { return [writer.data, payload] }
      writer.bytes(payload)
      return [writer.data]
    }
    var pieces: [Data] = []
    var rest = beginning + payload
    while !rest.isEmpty {
      let part = rest.prefix(FrameLimits.frame)
      rest = rest.dropFirst(part.count)
      pieces.append(FrameHeader(type, isEnd: rest.isEmpty, stream: stream, length: part.count).bytes)
      pieces.append(part)
    }
    return pieces
  }

  /// Bytes of a blob; at most a frame's limit.
  package static func data(stream: UInt32, _ bytes: Data, isEnd: Bool) -> [Data] {
    let header = FrameHeader(.data, isEnd: isEnd, stream: stream, length: bytes.count).bytes
    return bytes.isEmpty ? [header] : [header, bytes]
  }

  package static func prove(_ way: AuthenticationWay, _ proof: Digest?) -> [Data] {
    message(.prove, Data([way.rawValue]) + (proof?.bytes ?? [UInt8](repeating: 0, count: 32)))
  }

  package static func offer(stream: UInt32, _ blob: Blob) -> [Data] {
    var writer = WireWriter()
    writer.bytes(blob.digest.bytes)
    writer.uint64(blob.byteCount)
    return message(.offer, stream: stream, writer.data)
  }

  package static func want(stream: UInt32, offset: UInt64, credit: UInt32) -> [Data] {
    var writer = WireWriter()
    writer.uint64(offset)
    writer.uint32(credit)
    return message(.want, stream: stream, writer.data)
  }

  package static func fetch(stream: UInt32, _ digest: Digest, offset: UInt64, credit: UInt32) -> [Data] {
    var writer = WireWriter()
    writer.bytes(digest.bytes)
    writer.uint64(offset)
    writer.uint32(credit)
    return message(.fetch, stream: stream, writer.data)
  }

  package static func credit(stream: UInt32, _ count: UInt32) -> [Data] {
    message(.credit, stream: stream, number(count))
  }

  package static func goodbye(_ seconds: UInt32) -> [Data] { message(.goodbye, number(seconds)) }

  package static func beat(_ type: FrameType, _ number: UInt64) -> [Data] {
    var writer = WireWriter()
    writer.uint64(number)
    return message(type, writer.data)
  }

  package static func close(_ code: CloseCode, _ reason: String) -> [Data] {
    var writer = WireWriter()
    writer.uint16(code.rawValue)
    // A text that is cut must stay UTF-8; mending a cut character takes up to two bytes more.
    writer.bytes(Array(String(decoding: reason.utf8.prefix(FrameLimits.close - 8), as: UTF8.self).utf8))
    return message(.close, writer.data)
  }

  private static func number(_ value: UInt32) -> Data {
    var writer = WireWriter()
    writer.uint32(value)
    return writer.data
  }
}

/// Bytes known by their digest and size.
public struct Blob: Sendable, Hashable, Codable {
  /// Their SHA-256.
  public var digest: Digest
  /// How many there are.
  public var byteCount: UInt64

  /// Names bytes.
  public init(digest: Digest, byteCount: UInt64) {
    self.digest = digest
    self.byteCount = byteCount
  }
}
