// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// A value of a TOML document that stands without quotes.
struct TOMLWord {
  private let text: String

  init(_ text: String) { self.text = text }

  /// What it means; `nil` if it means nothing.
  var value: ConfigurationValue? {
    switch text {
    case "true": .bool(true)
    case "false": .bool(false)
    case "inf", "+inf": .float(.infinity)
    case "-inf": .float(-.infinity)
    case "nan", "+nan", "-nan": .float(.nan)
    default: integer.map(ConfigurationValue.int) ?? float.map(ConfigurationValue.float) ?? moment
    }
  }

  /// The text without underscores, of which each must stand between two digits; `nil` if one doesn't.
  private var digits: String? {
    let bytes = Array(text.utf8)
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "_") {
      guard index > 0, index + 1 < bytes.count, Self.isHexadecimal(bytes[index - 1]),
        Self.isHexadecimal(bytes[index + 1])
      else { return nil }
    }
    return text.filter { $0 != "_" }
  }

  private var integer: Int? {
    guard let digits else { return nil }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
      let rest = digits.dropFirst(2)
      return rest.first == "+" || rest.first == "-" ? nil : Int(rest, radix: radix)
    }
    let unsigned = digits.first == "+" || digits.first == "-" ? digits.dropFirst() : digits[...]
    guard unsigned == "0" || unsigned.first != "0" else { return nil }
    return Int(digits)
  }

  private var float: Double? {
    guard let digits else { return nil }
    let unsigned = digits.first == "+" || digits.first == "-" ? digits.dropFirst() : digits[...]
    let parts = unsigned.split(omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
    guard let mantissa = parts.first, parts.count <= 2, parts.count == 2 || mantissa.contains(".") else { return nil }
    let sides = mantissa.split(separator: ".", omittingEmptySubsequences: false)
    guard sides.count <= 2, sides.allSatisfy({ !$0.isEmpty && $0.allSatisfy { "0"..."9" ~= $0 } }),
      let whole = sides.first, whole == "0" || whole.first != "0"
    else { return nil }
    return Double(digits)
  }

  /// A date, a time, or both, as it stands; its parts are digits in the right places.
  private var moment: ConfigurationValue? {
    let shape = String(text.map { "0"..."9" ~= $0 ? "9" : $0 })
    let (date, time) = ("9999-99-99", "99:99:99")
    var rest = shape[...]
    if rest.hasPrefix(date) {
      rest = rest.dropFirst(date.count)
      if rest.isEmpty { return .string(text) }
      guard let separator = rest.first, "Tt ".contains(separator) else { return nil }
      rest = rest.dropFirst()
    }
    guard rest.hasPrefix(time) else { return nil }
    rest = rest.dropFirst(time.count)
    if rest.first == "." {
      let fraction = rest.dropFirst().prefix { $0 == "9" }
      if fraction.isEmpty { return nil }
      rest = rest.dropFirst(1 + fraction.count)
    }
    return ["", "Z", "z", "+99:99", "-99:99"].contains(rest) ? .string(text) : nil
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }
}
