// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Texts as TensorFlow Lite packs them into one buffer: their number, the place of each and of the end, then their
/// bytes; all numbers are 32-bit.
enum PackedStrings {
  /// The bytes of `values`; nil if they are more than 2 GiB.
  static func pack(_ values: [String]) -> [UInt8]? {
    var places: [Int] = []
    var place = 4 * (values.count + 2)
    for value in values {
      places.append(place)
      place += value.utf8.count
    }
    guard place <= Int(Int32.max) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(place)
    for number in [values.count] + places + [place] {
      withUnsafeBytes(of: Int32(number).littleEndian) { bytes.append(contentsOf: $0) }
    }
    for value in values { bytes.append(contentsOf: value.utf8) }
    return bytes
  }

  /// The texts in `bytes`; nil if they don't lie within them.
  static func unpack(_ bytes: UnsafeRawBufferPointer) -> [String]? {
    guard let count = count(in: bytes) else { return nil }
    return (0..<count).map { index in
      String(decoding: bytes[number(bytes, index + 1)..<number(bytes, index + 2)], as: UTF8.self)
    }
  }

  /// How many texts `bytes` hold; nil if they don't lie within them.
  static func count(in bytes: UnsafeRawBufferPointer) -> Int? {
    guard bytes.count >= 8 else { return nil }
    let count = number(bytes, 0)
    guard count >= 0, count <= bytes.count / 4 - 2 else { return nil }
    var last = 4 * (count + 2)
    for index in 0...count {
      let place = number(bytes, index + 1)
      guard place >= last, place <= bytes.count else { return nil }
      last = place
    }
    return count
  }

  private static func number(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Int {
    Int(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self)))
  }
}
