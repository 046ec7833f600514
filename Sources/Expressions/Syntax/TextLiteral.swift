// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Text in quotation marks, with escapes.
enum TextLiteral {
  /// The escapes of one letter, and what they stand for.
  private static let escapes: [(letter: UInt8, scalar: Unicode.Scalar)] = [
    (UInt8(ascii: "n"), "\n"), (UInt8(ascii: "t"), "\t"), (UInt8(ascii: "r"), "\r"), (UInt8(ascii: "\\"), "\\"),
    (UInt8(ascii: "'"), "'"), (UInt8(ascii: "\""), "\""),
  ]

  static func scalar(forEscape letter: UInt8) -> Unicode.Scalar? {
    escapes.first { $0.letter == letter }?.scalar
  }

  /// The text in single quotation marks, control characters escaped.
  static func quoted(_ text: String) -> String {
    var quoted = "'"
    for scalar in text.unicodeScalars {
      if scalar != "\"", let escape = escapes.first(where: { $0.scalar == scalar }) {
        quoted.unicodeScalars.append("\\")
        quoted.unicodeScalars.append(Unicode.Scalar(escape.letter))
      } else if scalar.value < 0x20 || scalar.value == 0x7F {
        quoted += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "'"
  }
}
