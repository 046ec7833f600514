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
    let isHexadecimal = text.hasPrefix("0x")
    func isDigit(_ index: Int) -> Bool {
      // Behind `0x` and the like a digit is meant only from there on.
      guard bytes.indices.contains(index), Self.radix(text) == nil || index > 1 else { return false }
      return isHexadecimal
        ? Self.isHexadecimal(bytes[index]) : (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index])
    }
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "_") {
      guard isDigit(index - 1), isDigit(index + 1) else { return nil }
    }
    return text.filter { $0 != "_" }
  }

  private static func radix(_ text: String) -> Int? {
    switch text.prefix(2) {
    case "0x": 16
    case "0o": 8
    case "0b": 2
    default: nil
    }
  }

  private var integer: Int? {
    guard let digits else { return nil }
    if let radix = Self.radix(digits) {
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

  /// A date, a time, or both, as it stands; its parts are digits in the right places, and such as a calendar and a
  /// clock have.
  private var moment: ConfigurationValue? {
    let shape = String(text.map { "0"..."9" ~= $0 ? "9" : $0 })
    let (date, time) = ("9999-99-99", "99:99:99")
    var rest = shape[...]
    if rest.hasPrefix(date) {
      guard isDate(text.prefix(date.count)) else { return nil }
      rest = rest.dropFirst(date.count)
      if rest.isEmpty { return .string(text) }
      guard let separator = rest.first, "Tt ".contains(separator) else { return nil }
      rest = rest.dropFirst()
      guard rest.hasPrefix(time) else { return nil }
    }
    // An offset needs a date before it.
    let offsets = rest.count < shape.count ? ["", "Z", "z", "+99:99", "-99:99"] : [""]
    guard rest.hasPrefix(time), isTime(text.suffix(rest.count).prefix(time.count), lastSecond: 60) else { return nil }
    rest = rest.dropFirst(time.count)
    if rest.first == "." {
      let fraction = rest.dropFirst().prefix { $0 == "9" }
      if fraction.isEmpty { return nil }
      rest = rest.dropFirst(1 + fraction.count)
    }
    guard offsets.contains(String(rest)) else { return nil }
    return rest.count < 6 || isTime(text.suffix(5)) ? .string(text) : nil
  }

  private func isDate(_ text: Substring) -> Bool {
    let numbers = text.split(separator: "-").compactMap { Int($0) }
    guard numbers.count == 3, (1...12).contains(numbers[1]) else { return false }
    let isLeap = numbers[0] % 4 == 0 && (numbers[0] % 100 != 0 || numbers[0] % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return numbers[2] >= 1 && numbers[2] <= lengths[numbers[1] - 1]
  }

  /// Hours, minutes, and seconds where there are some.
  private func isTime(_ text: Substring, lastSecond: Int = 59) -> Bool {
    zip(text.split(separator: ":"), [23, 59, lastSecond]).allSatisfy { part, last in
      Int(part).map { $0 <= last } == true
    }
  }

  static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }
}
