// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Base64 as RFC 4648 defines it, with the place of what is wrong.
enum Base64 {
  /// Why a text is no base64: the offset in bytes from its start.
  struct Problem: Error {
    var offset: Int
    var why: String
  }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let padding = UInt8(ascii: "=")
  private static let invalid: UInt8 = 0xFF

  private static let values: [UInt8] = {
    var values = [UInt8](repeating: invalid, count: 256)
    for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(value) }
    return values
  }()

  /// The bytes that a text stands for; white space is skipped.
  static func decode(_ text: some Sequence<UInt8>) throws(Problem) -> [UInt8] {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    var paddings = 0
    var end = 0
    for (offset, byte) in text.enumerated() {
      end = offset + 1
      if byte == UInt8(ascii: " ") || (9...13).contains(byte) { continue }
      if byte == padding {
        paddings += 1
        guard paddings + count % 4 <= 4, count % 4 >= 2 else { throw Problem(offset: offset, why: "a '=' too many") }
        continue
      }
      let value = values[Int(byte)]
      guard value != invalid else { throw Problem(offset: offset, why: "\(name(byte)) is no base64 digit") }
      guard paddings == 0 else { throw Problem(offset: offset, why: "more follows the closing '='") }
      bits = bits << 6 | UInt32(value)
      count += 1
      if count % 4 == 0 {
        bytes.append(contentsOf: [UInt8(bits >> 16 & 0xFF), UInt8(bits >> 8 & 0xFF), UInt8(bits & 0xFF)])
      }
    }
    return try bytes + rest(bits, count % 4, paddings, end)
  }

  private static func rest(_ bits: UInt32, _ digits: Int, _ paddings: Int, _ end: Int) throws(Problem) -> [UInt8] {
    guard digits == 0 ? paddings == 0 : digits + paddings == 4 else {
      throw Problem(offset: end, why: "the text is cut off: its digits don't come in fours")
    }
    switch digits {
    case 2 where bits & 0xF == 0: return [UInt8(bits >> 4 & 0xFF)]
    case 3 where bits & 0x3 == 0: return [UInt8(bits >> 10 & 0xFF), UInt8(bits >> 2 & 0xFF)]
    case 0: return []
    default: throw Problem(offset: end, why: "the last digit holds bits that no byte takes")
    }
  }

  private static func name(_ byte: UInt8) -> String {
    (0x21...0x7E).contains(byte) ? "'\(Unicode.Scalar(byte))'" : "the byte \(byte)"
  }

  /// The text that stands for `bytes`, in one line.
  static func encode(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for digit in 0..<4 {
        text.append(digit > group.count ? padding : alphabet[Int(bits >> UInt32(18 - 6 * digit) & 63)])
      }
    }
    return text
  }
}
