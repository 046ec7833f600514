// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a scalar without quotes means, by the resolution of YAML 1.1 as PyYAML implements it.
///
/// It differs from YAML 1.2's: `yes` and `off` are bools, `017` is octal, `1:30` counts by sixties, `1e-9` is text for
/// want of a point.
enum YAMLScalar {
  /// The kinds that PyYAML tells apart.
  enum Kind { case null, bool, integer, float, timestamp, merge, value, text }

  /// The kind of a scalar without quotes.
  static func kind(of text: String) -> Kind {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "<<": return .merge
    case "=": return .value
    default: break
    }
    if truth[text] != nil { return .bool }
    guard let first = text.utf8.first, startsNumber(first) else { return .text }
    var pattern = Pattern(text)
    if pattern.isFloat { return .float }
    if pattern.isInteger { return .integer }
    if pattern.isTimestamp { return .timestamp }
    return .text
  }

  static let truth: [String: Bool] = [
    "yes": true, "Yes": true, "YES": true, "no": false, "No": false, "NO": false, "true": true, "True": true,
    "TRUE": true, "false": false, "False": false, "FALSE": false, "on": true, "On": true, "ON": true, "off": false,
    "Off": false, "OFF": false,
  ]

  private static func startsNumber(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.".utf8.contains(byte)
  }

  /// The integer that a text of the kind `integer` stands for; `nil` if it has no digits or too many.
  static func integer(_ text: String) -> PythonInteger? {
    let digits = Array(text.utf8).filter { $0 != UInt8(ascii: "_") }
    let negative = digits.first == UInt8(ascii: "-")
    let body = String(decoding: digits.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }, as: UTF8.self)
    if body.hasPrefix("0b") { return integer(body.dropFirst(2), base: 2, negative) }
    if body.hasPrefix("0x") { return integer(body.dropFirst(2), base: 16, negative) }
    if body.contains(":") { return sexagesimal(body, negative) }
    if body.hasPrefix("0") { return integer(body[...], base: 8, negative) }
    return integer(body[...], base: 10, negative)
  }

  private static func integer(_ text: Substring, base: Int, _ negative: Bool) -> PythonInteger? {
    let digits = text.compactMap(\.hexDigitValue)
    guard !digits.isEmpty, digits.count == text.utf8.count else { return nil }
    return PythonInteger([.init(digits: digits, base: base)], negative: negative)
  }

  private static func sexagesimal(_ text: String, _ negative: Bool) -> PythonInteger? {
    let parts = text.split(separator: ":")
    guard let first = parts.first else { return nil }
    let rest = parts.dropFirst().compactMap { Int($0) }
    guard rest.count == parts.count - 1 else { return nil }
    return PythonInteger(
      [.init(digits: first.compactMap(\.wholeNumberValue), base: 10), .init(digits: rest, base: 60)],
      negative: negative)
  }

  /// The number that a text of the kind `float` stands for.
  static func float(_ text: String) -> Double? {
    let characters = text.lowercased().filter { $0 != "_" }
    let sign: Double = characters.hasPrefix("-") ? -1 : 1
    let body = characters.drop { $0 == "-" || $0 == "+" }
    switch body {
    case ".inf": return sign * .infinity
    case ".nan": return .nan
    default: break
    }
    let parts = body.split(separator: ":").map { decimal(String($0)) }
    var total = 0.0
    var base = 1.0
    for part in parts.reversed() {
      guard let part else { return nil }
      total = parts.count == 1 ? part : total + part * base
      base *= 60
    }
    return sign * total
  }

  /// Swift wants digits on both sides of a point; YAML does not.
  private static func decimal(_ text: String) -> Double? {
    let parts = text.split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
    let halves = (parts.first ?? "").split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let whole = halves.first.map { $0.isEmpty ? "0" : $0 } ?? "0"
    let fraction = halves.count > 1 && !halves[1].isEmpty ? halves[1] : "0"
    return Double("\(whole).\(fraction)" + (parts.count > 1 ? "e\(parts[1])" : ""))
  }
}

/// The numbers' shapes, read from left to right.
private struct Pattern {
  private let bytes: [UInt8]
  private var index = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  private var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func take(_ characters: String) -> Bool {
    guard let byte, characters.utf8.contains(byte) else { return false }
    index += 1
    return true
  }

  private mutating func takeAll(_ characters: String) -> Int {
    let start = index
    while take(characters) {}
    return index - start
  }

  private mutating func attempt(_ shape: (inout Pattern) -> Bool) -> Bool {
    index = 0
    return shape(&self) && index == bytes.count
  }

  private static let digits = "0123456789"

  var isFloat: Bool {
    mutating get {
      attempt { $0.infinity() } || attempt { $0.notANumber() } || attempt { $0.decimalFloat() }
        || attempt { $0.pointFirst() } || attempt { $0.sexagesimalFloat() }
    }
  }

  var isInteger: Bool {
    mutating get {
      attempt {
        _ = $0.take("+-"); return $0.word("0b") && $0.takeAll("01_") > 0
      }
        || attempt {
          _ = $0.take("+-"); return $0.take("0") && $0.takeAll("01234567_") > 0
        }
        || attempt {
          _ = $0.take("+-"); return $0.take("0") || $0.natural()
        }
        || attempt {
          _ = $0.take("+-"); return $0.word("0x") && $0.takeAll("0123456789abcdefABCDEF_") > 0
        }
        || attempt {
          _ = $0.take("+-"); return $0.natural() && $0.sixties()
        }
    }
  }

  private mutating func word(_ word: String) -> Bool { word.allSatisfy { take(String($0)) } }

  private mutating func natural() -> Bool {
    guard take("123456789") else { return false }
    _ = takeAll(Self.digits + "_")
    return true
  }

  /// One or more of `:`, an optional digit up to five, a digit.
  private mutating func sixties() -> Bool {
    var count = 0
    while take(":") {
      let start = index
      let taken = takeAll(Self.digits)
      guard taken == 1 || taken == 2 && bytes[start] <= UInt8(ascii: "5") else { return false }
      count += 1
    }
    return count > 0
  }

  private mutating func exponent() -> Bool {
    guard take("eE") else { return true }
    return take("+-") && takeAll(Self.digits) > 0
  }

  private mutating func decimalFloat() -> Bool {
    _ = take("+-")
    guard take(Self.digits) else { return false }
    _ = takeAll(Self.digits + "_")
    guard take(".") else { return false }
    _ = takeAll(Self.digits + "_")
    return exponent()
  }

  private mutating func pointFirst() -> Bool {
    guard take("."), take(Self.digits) else { return false }
    _ = takeAll(Self.digits + "_")
    return exponent()
  }

  private mutating func sexagesimalFloat() -> Bool {
    _ = take("+-")
    guard take(Self.digits) else { return false }
    _ = takeAll(Self.digits + "_")
    guard sixties(), take(".") else { return false }
    _ = takeAll(Self.digits + "_")
    return true
  }

  private mutating func infinity() -> Bool {
    _ = take("+-")
    guard take(".") else { return false }
    return ["inf", "Inf", "INF"].contains(rest())
  }

  private mutating func notANumber() -> Bool { take(".") && ["nan", "NaN", "NAN"].contains(rest()) }

  private mutating func rest() -> String {
    let rest = String(decoding: bytes[index...], as: UTF8.self)
    index = bytes.count
    return rest
  }

  var isTimestamp: Bool {
    mutating get { attempt { $0.date() } || attempt { $0.dateAndTime() } }
  }

  private mutating func number(_ lengths: ClosedRange<Int>) -> Bool { lengths.contains(takeAll(Self.digits)) }

  private mutating func date() -> Bool {
    number(4...4) && take("-") && number(2...2) && take("-") && number(2...2)
  }

  private mutating func dateAndTime() -> Bool {
    guard number(4...4), take("-"), number(1...2), take("-"), number(1...2) else { return false }
    guard take("Tt") || takeAll(" \t") > 0 else { return false }
    guard number(1...2), take(":"), number(2...2), take(":"), number(2...2) else { return false }
    if take(".") { _ = takeAll(Self.digits) }
    let start = index
    _ = takeAll(" \t")
    if take("Z") { return true }
    guard take("+-") else { return index == start }
    return number(1...2) && (!take(":") || number(2...2))
  }
}
