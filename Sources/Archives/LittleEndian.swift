// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Numbers in bytes that come from outside: every read is checked.
struct LittleEndian {
  let bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The number at a place; `nil` if it doesn't lie in the bytes.
  func number<Number: FixedWidthInteger>(_ place: Int, _ type: Number.Type) -> Number? {
    guard place >= 0, place <= bytes.count - MemoryLayout<Number>.size else { return nil }
    return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: type))
  }

  /// The bytes from a place on; `nil` if they don't lie in the bytes.
  func slice(_ place: Int, _ count: Int) -> UnsafeRawBufferPointer? {
    guard place >= 0, count >= 0, count <= bytes.count, place <= bytes.count - count else { return nil }
    return UnsafeRawBufferPointer(rebasing: bytes[place..<place + count])
  }
}
