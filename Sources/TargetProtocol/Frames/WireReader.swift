// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials

/// Reads little-endian numbers from bytes, never beyond their end.
struct WireReader {
  private var rest: Data

  init(_ bytes: Data) { rest = bytes }

  /// The bytes that were not read yet.
  var remaining: Data { rest }

  mutating func bytes(_ count: Int) throws(ProtocolViolation) -> Data {
    guard count >= 0, count <= rest.count else { throw ProtocolViolation("a message ends too early") }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  mutating func byte() throws(ProtocolViolation) -> UInt8 { UInt8(truncatingIfNeeded: try number(1)) }
  mutating func uint16() throws(ProtocolViolation) -> UInt16 { UInt16(truncatingIfNeeded: try number(2)) }
  mutating func uint32() throws(ProtocolViolation) -> UInt32 { UInt32(truncatingIfNeeded: try number(4)) }
  mutating func uint64() throws(ProtocolViolation) -> UInt64 { try number(8) }

  mutating func digest() throws(ProtocolViolation) -> Digest {
    guard let digest = Digest(bytes: Array(try bytes(32))) else { throw ProtocolViolation("a digest is damaged") }
    return digest
  }

  /// Refuses bytes that nobody asked for.
  func finish() throws(ProtocolViolation) {
    guard rest.isEmpty else { throw ProtocolViolation("a message is \(rest.count) bytes too long") }
  }

  private mutating func number(_ count: Int) throws(ProtocolViolation) -> UInt64 {
    try bytes(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// Writes little-endian numbers one after the other.
struct WireWriter {
  private(set) var data = Data()

  mutating func byte(_ value: UInt8) { data.append(value) }
  mutating func uint16(_ value: UInt16) { append(UInt64(value), 2) }
  mutating func uint32(_ value: UInt32) { append(UInt64(value), 4) }
  mutating func uint64(_ value: UInt64) { append(value, 8) }
  mutating func bytes(_ bytes: some Sequence<UInt8>) { data.append(contentsOf: bytes) }

  private mutating func append(_ value: UInt64, _ count: Int) {
    for place in 0..<count { data.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * place))) }
  }
}
