// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Numbers in an image's header; every read is checked.
struct ByteField {
  private let bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var count: Int { bytes.count }

  func has(_ expected: [UInt8], at place: Int) -> Bool {
    place >= 0 && place <= bytes.count - expected.count && bytes[place..<place + expected.count].elementsEqual(expected)
  }

  func byte(_ place: Int) -> Int? { place >= 0 && place < bytes.count ? Int(bytes[place]) : nil }

  func big16(_ place: Int) -> Int? { number(place, UInt16.self).map { Int($0.bigEndian) } }
  func big32(_ place: Int) -> Int? { number(place, UInt32.self).map { Int($0.bigEndian) } }
  func little16(_ place: Int) -> Int? { number(place, UInt16.self).map { Int($0.littleEndian) } }
  func little32(_ place: Int) -> Int? { number(place, UInt32.self).map { Int($0.littleEndian) } }

  /// The bytes from `place` on, up to `length` of them, as a field of its own.
  func part(_ place: Int, _ length: Int) -> ByteField {
    let start = min(max(place, 0), bytes.count)
    return ByteField(UnsafeRawBufferPointer(rebasing: bytes[start..<min(bytes.count, start + max(0, length))]))
  }

  private func number<Number: FixedWidthInteger>(_ place: Int, _ type: Number.Type) -> Number? {
    guard place >= 0, place <= bytes.count - MemoryLayout<Number>.size else { return nil }
    return bytes.loadUnaligned(fromByteOffset: place, as: type)
  }
}
