// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials

extension Data {
  /// Reads hexadecimal digits, two for each byte; `nil` if the text is anything else.
  public init?(hexadecimal text: String) {
    let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue.map { UInt8($0) } }
    guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
    self.init(stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
  }

  /// Two lower-case hexadecimal digits for each byte.
  public var hexadecimal: String { hexadecimalDigits(of: self) }
}

/// Two lower-case hexadecimal digits for each byte.
func hexadecimalDigits(of bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  text.reserveCapacity(64)
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}
