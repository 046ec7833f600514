// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension XMLReader {
  /// A text with its references replaced: the five that XML knows, and characters by their number.
  func unescaped(_ text: ArraySlice<UInt8>) throws(XMLProblem) -> String {
    guard text.contains(UInt8(ascii: "&")) else { return String(decoding: text, as: UTF8.self) }
    var result = ""
    var rest = text
    while let start = rest.firstIndex(of: UInt8(ascii: "&")) {
      result += String(decoding: rest[..<start], as: UTF8.self)
      let tail = rest[(start + 1)...].prefix(12)
      guard let end = tail.firstIndex(of: UInt8(ascii: ";")) else { throw problem("a reference '&…;' does not end") }
      let name = String(decoding: rest[(start + 1)..<end], as: UTF8.self)
      guard let character = Self.character(name) else { throw problem("the reference '&\(name);' is not known") }
      result.unicodeScalars.append(character)
      rest = rest[(end + 1)...]
    }
    return result + String(decoding: rest, as: UTF8.self)
  }

  private static func character(_ name: String) -> Unicode.Scalar? {
    switch name {
    case "lt": return "<"
    case "gt": return ">"
    case "amp": return "&"
    case "quot": return "\""
    case "apos": return "'"
    default:
      guard name.hasPrefix("#") else { return nil }
      let digits = name.dropFirst()
      let number = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits, radix: 10)
      guard let number, number != 0 else { return nil }
      return Unicode.Scalar(number)
    }
  }
}
