// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Whether bytes are UTF-8 (Unicode 16, table 3-7).
enum UTF8Check {
  /// The place of the first byte that isn't part of a well-formed character; `nil` if there is none.
  static func firstFault(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    let raw = UnsafeRawBufferPointer(bytes)
    var place = 0
    while place < bytes.count {
      // Eight bytes of ASCII at once: annotation files are hardly anything else.
      while place + 8 <= bytes.count,
        raw.loadUnaligned(fromByteOffset: place, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
      {
        place += 8
      }
      guard place < bytes.count else { return nil }
      guard let length = characterLength(bytes, place) else { return place }
      place += length
    }
    return nil
  }

  private static func characterLength(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Int) -> Int? {
    let first = bytes[place]
    if first < 0x80 { return 1 }
    let (length, second): (Int, ClosedRange<UInt8>)
    switch first {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return nil
    }
    guard place + length <= bytes.count, second.contains(bytes[place + 1]) else { return nil }
    for index in (place + 2)..<max(place + 2, place + length) where bytes[index] & 0xC0 != 0x80 { return nil }
    return length
  }
}
