// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Python's spelling of a value, such as `{0: 'cat', 1: "it's"}`: texts, numbers, lists, tuples and dictionaries of
/// them. Nothing is executed.
///
/// Source of the grammar: The Python Language Reference 3.13, sections 2.4 to 2.6 and 6.2.
struct PythonLiteral {
  /// The longest text that is read, in bytes.
  static let maximumLength = 4 << 20
  /// How deep values may lie in each other.
  static let maximumDepth = 20

  private var rest: Substring.UnicodeScalarView

  /// The value of a text; `nil` if it is no literal that is read here. Keys become texts; of tuples, lists.
  static func value(_ text: String) -> ConfigurationValue? {
    guard text.utf8.count <= maximumLength else { return nil }
    var reader = PythonLiteral(rest: text.unicodeScalars[...])
    guard let value = reader.value(maximumDepth) else { return nil }
    reader.skipSpace()
    return reader.rest.isEmpty ? value : nil
  }

  private mutating func value(_ depth: Int) -> ConfigurationValue? {
    skipSpace()
    guard depth > 0, let first = rest.first else { return nil }
    switch first {
    case "'", "\"": return text().map(ConfigurationValue.string)
    case "[": return list("]", depth)
    case "(": return list(")", depth)
    case "{": return dictionary(depth)
    default: return word()
    }
  }

  private mutating func list(_ end: Unicode.Scalar, _ depth: Int) -> ConfigurationValue? {
    rest.removeFirst()
    var values: [ConfigurationValue] = []
    while true {
      if take(end) { return .list(values) }
      guard let value = value(depth - 1) else { return nil }
      values.append(value)
      if !take(",") { return take(end) ? .list(values) : nil }
    }
  }

  private mutating func dictionary(_ depth: Int) -> ConfigurationValue? {
    rest.removeFirst()
    var values: [String: ConfigurationValue] = [:]
    while true {
      if take("}") { return .map(values) }
      guard let key = value(depth - 1), take(":"), let value = value(depth - 1) else { return nil }
      switch key {
      case .string, .int: values[key.description] = value
      default: return nil
      }
      if !take(",") { return take("}") ? .map(values) : nil }
    }
  }

  private mutating func text() -> String? {
    let quote = rest.removeFirst()
    var text = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      if scalar == quote { return String(text) }
      if scalar == "\\" {
        guard let escaped = escape() else { return nil }
        text.append(contentsOf: escaped)
      } else {
        text.append(scalar)
      }
    }
    return nil
  }

  private mutating func escape() -> [Unicode.Scalar]? {
    guard let scalar = rest.popFirst() else { return nil }
    switch scalar {
    case "\\", "'", "\"": return [scalar]
    case "n": return ["\n"]
    case "t": return ["\t"]
    case "r": return ["\r"]
    case "\n": return []
    case "x": return character(2)
    case "u": return character(4)
    case "U": return character(8)
    default: return nil
    }
  }

  private mutating func character(_ digits: Int) -> [Unicode.Scalar]? {
    let hexadecimal = String(String.UnicodeScalarView(rest.prefix(digits)))
    guard hexadecimal.unicodeScalars.count == digits, let number = UInt32(hexadecimal, radix: 16),
      let scalar = Unicode.Scalar(number)
    else { return nil }
    rest.removeFirst(digits)
    return [scalar]
  }

  private mutating func word() -> ConfigurationValue? {
    let word = String(
      String.UnicodeScalarView(rest.prefix { !",:]})".unicodeScalars.contains($0) && !$0.properties.isWhitespace }))
    rest.removeFirst(word.unicodeScalars.count)
    switch word {
    case "True": return .bool(true)
    case "False": return .bool(false)
    case "None": return .null
    default: return Int(word).map(ConfigurationValue.int) ?? Double(word).map(ConfigurationValue.float)
    }
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    skipSpace()
    guard rest.first == scalar else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func skipSpace() {
    while let first = rest.first, first.properties.isWhitespace { rest.removeFirst() }
  }
}
