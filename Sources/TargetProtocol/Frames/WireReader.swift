// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials

/// Reads little-endian numbers from bytes, never beyond their end.
struct WireReader {
  private let all: Data
  private var place = 0

  init(_ bytes: Data) { all = bytes }

  /// The bytes that were not read yet.
  var remaining: Data { all.dropFirst(place) }

  mutating func bytes(_ count: Int) throws(ProtocolViolation) -> Data {
    guard count >= 0, count <= all.count - place else { throw ProtocolViolation("a message ends too early") }
    defer { place += count }
    return all.dropFirst(place).prefix(count)
  }

  mutating func byte() throws(ProtocolViolation) -> UInt8 { try number() }
  mutating func uint16() throws(ProtocolViolation) -> UInt16 { try number() }
  mutating func uint32() throws(ProtocolViolation) -> UInt32 { try number() }
  mutating func uint64() throws(ProtocolViolation) -> UInt64 { try number() }

  mutating func digest() throws(ProtocolViolation) -> Digest {
    guard let digest = Digest(bytes: try bytes(32)) else { throw ProtocolViolation("a digest is damaged") }
    return digest
  }

  /// Refuses bytes that nobody asked for.
  func finish() throws(ProtocolViolation) {
    guard place == all.count else { throw ProtocolViolation("a message is \(all.count - place) bytes too long") }
  }

  private mutating func number<Number: FixedWidthInteger & BitwiseCopyable>() throws(ProtocolViolation) -> Number {
    let count = MemoryLayout<Number>.size
    guard count <= all.count - place else { throw ProtocolViolation("a message ends too early") }
    defer { place += count }
    return Number(littleEndian: all.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: Number.self) })
  }
}

/// Writes little-endian numbers one after the other.
struct WireWriter {
  /// What was written.
  private(set) var data: Data

  init(capacity: Int = 64) { data = Data(capacity: capacity) }

  mutating func byte(_ value: UInt8) { data.append(value) }
  mutating func uint16(_ value: UInt16) { append(value.littleEndian) }
  mutating func uint32(_ value: UInt32) { append(value.littleEndian) }
  mutating func uint64(_ value: UInt64) { append(value.littleEndian) }
  mutating func bytes(_ bytes: [UInt8]) { bytes.withUnsafeBufferPointer { data.append($0) } }
  mutating func bytes(_ bytes: Data) { data.append(bytes) }

  private mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value) { data.append($0.bindMemory(to: UInt8.self)) }
  }
}
