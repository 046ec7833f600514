// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
package import Statistics

/// Numbers as people read them: three significant digits, a unit that fits, thousands set apart.
package enum NumberText {
  /// U+202F, narrow no-break space: between thousands and before units.
  package static let narrowSpace = "\u{202F}"
  /// U+2212, the minus sign.
  static let minus = "\u{2212}"

  /// A whole number with its thousands set apart: `12 345`.
  package static func whole(_ value: Int) -> String {
    (value < 0 ? minus : "") + grouped(String(value.magnitude))
  }

  /// A number with this many digits after the point.
  package static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "not a number" : (value < 0 ? "\(minus)∞" : "∞") }
    let scale = powerOfTen(decimals)
    let scaled = (value.magnitude * scale).rounded()
    guard scaled < 1e18 else { return scientific(value, digits: 3) }
    let digits = String(Int(scaled))
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    let sign = value < 0 && scaled > 0 ? minus : ""
    let split = padded.index(padded.endIndex, offsetBy: -decimals)
    let whole = grouped(String(padded[..<split]))
    return decimals == 0 ? sign + whole : "\(sign)\(whole).\(padded[split...])"
  }

  /// A number with this many significant digits: `0.0123`, `1.23`, `123`, `12 300`; very small and very large ones
  /// in powers of ten.
  package static func significant(_ value: Double, digits: Int = 3) -> String {
    guard value.isFinite, value != 0 else { return fixed(value, decimals: 0) }
    let magnitude = exponent(of: value, digits: digits)
    guard (-3...8).contains(magnitude) else { return scientific(value, digits: digits) }
    let decimals = digits - 1 - magnitude
    guard decimals < 0 else { return fixed(value, decimals: decimals) }
    let step = powerOfTen(-decimals)
    return fixed((value / step).rounded() * step, decimals: 0)
  }

  /// A fraction in per cent: `98.3 %`.
  package static func percent(_ fraction: Double, decimals: Int = 1) -> String {
    fixed(fraction * 100, decimals: decimals) + narrowSpace + "%"
  }

  /// A p value: `1.0`, `0.031`, `< 0.001`.
  package static func probability(_ value: Double) -> String {
    if value < 0.001 { return "<\(narrowSpace)0.001" }
    return value > 0.995 ? "1.0" : significant(value, digits: 2)
  }

  /// A size in bytes with a decimal unit: `12.3 kB`.
  package static func bytes(_ count: Int) -> String {
    guard count >= 1000 else { return whole(count) + narrowSpace + "B" }
    let units: [(Double, String)] = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")]
    let (scale, name) = units.first { Double(count) >= $0.0 * 0.9995 } ?? (1e3, "kB")
    return significant(Double(count) / scale) + narrowSpace + name
  }

  /// A duration in seconds with a unit that fits it.
  package static func time(_ seconds: Double) -> String {
    if seconds >= 120 { return minutes(seconds) }
    let unit = TimeUnit(for: seconds)
    return significant(unit.value(seconds)) + narrowSpace + unit.symbol
  }

  /// An interval of durations in one unit: `12.1–12.5 µs`.
  package static func timeInterval(_ interval: Interval) -> String {
    let unit = TimeUnit(for: interval.upper)
    return "\(significant(unit.value(interval.lower)))–\(significant(unit.value(interval.upper)))"
      + narrowSpace + unit.symbol
  }

  /// An interval of fractions in per cent: `96.1–99.3 %`.
  package static func percentInterval(_ interval: Interval) -> String {
    "\(fixed(interval.lower * 100, decimals: 1))–\(percent(interval.upper))"
  }

  /// A point in time, `2026-11-21 07:33 UTC`.
  package static func date(_ secondsSince1970: Double) -> String {
    guard secondsSince1970.isFinite, secondsSince1970.magnitude < 1e11 else { return "unknown" }
    let text = Date(timeIntervalSince1970: secondsSince1970).formatted(.iso8601)
    return text.replacing("T", with: " ").prefix(16) + " UTC"
  }

  private static func minutes(_ seconds: Double) -> String {
    guard seconds < 1e9 else { return significant(seconds) + narrowSpace + "s" }
    let whole = Int(seconds.rounded())
    guard whole >= 3600 else { return "\(whole / 60)\(narrowSpace)min \(whole % 60)\(narrowSpace)s" }
    return "\(whole / 3600)\(narrowSpace)h \(whole % 3600 / 60)\(narrowSpace)min"
  }

  private static func scientific(_ value: Double, digits: Int) -> String {
    let magnitude = exponent(of: value, digits: digits)
    let mantissa = magnitude < -300 ? value * 1e300 / powerOfTen(magnitude + 300) : value / powerOfTen(magnitude)
    let raised = String(magnitude.magnitude).map { superscripts[$0] ?? String($0) }.joined()
    return "\(fixed(mantissa, decimals: digits - 1))·10\(magnitude < 0 ? "⁻" : "")\(raised)"
  }

  private static let superscripts: [Character: String] = [
    "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹",
  ]

  /// The power of ten of a number's first digit after rounding to `digits` digits: that of 9.999 is 1.
  private static func exponent(of value: Double, digits: Int) -> Int {
    let text = "\(value.magnitude)"
    guard let raw = decimalExponent(text) else { return 0 }
    let leading = value.magnitude / powerOfTen(raw)
    let scale = powerOfTen(digits - 1)
    return (leading * scale).rounded() >= 10 * scale ? raw + 1 : raw
  }

  /// The power of ten of the first digit in a number as Swift prints it.
  private static func decimalExponent(_ text: String) -> Int? {
    let parts = text.split(separator: "e", maxSplits: 1)
    guard let mantissa = parts.first else { return nil }
    let raised = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let halves = mantissa.split(separator: ".", omittingEmptySubsequences: false)
    let whole = halves.first.map(String.init) ?? "0"
    if whole != "0" { return raised + whole.count - 1 }
    let fraction = halves.count > 1 ? halves[1] : ""
    guard let first = fraction.firstIndex(where: { $0 != "0" }) else { return nil }
    return raised - 1 - fraction.distance(from: fraction.startIndex, to: first)
  }

  private static func powerOfTen(_ exponent: Int) -> Double {
    Double("1e\(exponent)") ?? 0
  }

  private static func grouped(_ digits: String) -> String {
    guard digits.count > 4 else { return digits }
    var result = ""
    for (position, digit) in digits.enumerated() {
      if position > 0, (digits.count - position).isMultiple(of: 3) { result += narrowSpace }
      result.append(digit)
    }
    return result
  }
}

/// A unit for durations.
struct TimeUnit: Sendable, Hashable {
  /// The unit's symbol.
  let symbol: String
  /// Units in one second.
  let perSecond: Double

  /// The largest unit in which a duration is at least one.
  init(for seconds: Double) {
    let units: [(String, Double)] = [("s", 1), ("ms", 1e3), ("µs", 1e6)]
    let fitting = units.first { seconds * $0.1 >= 0.9995 } ?? ("ns", 1e9)
    (symbol, perSecond) = fitting
  }

  /// A duration in this unit.
  func value(_ seconds: Double) -> Double { seconds * perSecond }
}
