// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// How one scalar is written so that every YAML reader, of version 1.1 too, reads the same back.
struct ScalarText {
  /// How text is quoted.
  enum Quotes: Sendable {
    /// Only where another reading would be possible.
    case ifNeeded
    case single
    case double
  }

  static func text(_ value: ConfigurationValue, quotes: Quotes = .ifNeeded, inFlow: Bool) -> String {
    switch value {
    case .bool(let value): "\(value)"
    case .int(let value): "\(value)"
    case .float(let value): number(value)
    case .string(let value): string(value, quotes: quotes, inFlow: inFlow)
    case .null, .list, .map: "null"
    }
  }

  /// A number with a point, so that no reader takes it for a whole number or, as YAML 1.1 would `1e-05`, for text.
  static func number(_ value: Double) -> String {
    let text = "\(value)"
    guard !text.contains("."), let exponent = text.firstIndex(of: "e") else { return text }
    return text[..<exponent] + ".0" + text[exponent...]
  }

  static func string(_ text: String, quotes: Quotes, inFlow: Bool) -> String {
    switch quotes {
    case .ifNeeded: isPlain(text, inFlow: inFlow) ? text : quoted(text)
    case .single:
      text.unicodeScalars.allSatisfy(isPrintable)
        ? "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
        : quoted(text)
    case .double: quoted(text)
    }
  }

  /// The text in double quotes, as JSON and YAML both read it.
  static func quoted(_ text: String) -> String {
    // Most text needs no look at each character.
    let isSimple = text.utf8.allSatisfy {
      (0x20...0x7E).contains($0) && $0 != Ascii.doubleQuote && $0 != Ascii.backslash
    }
    if isSimple { return "\"\(text)\"" }
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where isPrintable(scalar): result.unicodeScalars.append(scalar)
      default:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      }
    }
    return result + "\""
  }

  /// Whether a character may stand in quotes as it is: no control character, no line break, no byte order mark.
  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x1_0000...0x10_FFFF: true
    default: false
    }
  }

  /// Whether text without quotes reads back as the same text.
  private static func isPlain(_ text: String, inFlow: Bool) -> Bool {
    let scalars = Array(text.unicodeScalars)
    guard let first = scalars.first, let last = scalars.last, mayBegin(first), last != " ", last != ":",
      !words.contains(text.lowercased()), !looksLikeNumber(scalars)
    else { return false }
    for (scalar, next) in zip(scalars, scalars.dropFirst() + [last]) {
      switch scalar {
      case ",", "[", "]", "{", "}", "?": if inFlow { return false }
      case ":": if inFlow || next == " " { return false }
      case " ": if next == "#" { return false }
      case _ where !isPrintable(scalar): return false
      default: break
      }
    }
    return true
  }

  private static func mayBegin(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "_/.$(".unicodeScalars.contains(scalar)
  }

  /// Words that some version of YAML reads as something else than text.
  private static let words: Set<String> = [
    "true", "false", "null", "yes", "no", "on", "off", ".inf", ".nan", "inf", "nan", "infinity", ".", "..",
    "...",
  ]

  /// Numbers of every YAML version, dates and times: all characters are digits, signs or letters of their notations.
  private static func looksLikeNumber(_ scalars: [Unicode.Scalar]) -> Bool {
    guard let first = scalars.first, first == "." || ("0"..."9").contains(first) else { return false }
    return scalars.allSatisfy { "0123456789abcdefABCDEFxXoOpPtTzZ_+-.: ".unicodeScalars.contains($0) }
  }
}
