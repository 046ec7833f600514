// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A whole number of up to 4300 decimal digits, which is as many as Python prints.
public struct PythonInteger: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The most decimal digits that a number may have.
  public static let maximumDigits = 4300

  private let negative: Bool
  private let digits: String

  /// Creates the number from a machine's integer.
  public init(_ value: Int) {
    negative = value < 0
    digits = String(value.magnitude)
  }

  /// Reads decimal digits with an optional minus sign; `nil` for anything else and for too many digits.
  public init?(_ text: String) {
    let negative = text.utf8.first == UInt8(ascii: "-")
    let digits = text.utf8.dropFirst(negative ? 1 : 0)
    guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    self.init([Part(digits: digits.map { Int($0 - UInt8(ascii: "0")) }, base: 10)], negative: negative)
  }

  /// A run of digits of one base; the value before it is multiplied by `scale` first.
  struct Part {
    var digits: [Int]
    var base: Int
  }

  /// The number whose digits, from the most significant one on, are those of `parts`; `nil` if it has too many.
  init?(_ parts: [Part], negative: Bool) {
    var limbs: [UInt64] = []
    for part in parts {
      for digit in part.digits {
        Self.multiply(&limbs, by: UInt64(part.base), adding: UInt64(digit))
        guard limbs.count <= Self.maximumDigits / Self.limbDigits + 1 else { return nil }
      }
    }
    let text = Self.text(limbs)
    guard text.utf8.count <= Self.maximumDigits else { return nil }
    digits = text
    self.negative = negative && text != "0"
  }

  private static let limbDigits = 9
  private static let limbBase: UInt64 = 1_000_000_000

  /// Limbs come from the least significant one on.
  private static func multiply(_ limbs: inout [UInt64], by factor: UInt64, adding term: UInt64) {
    var carry = term
    for index in limbs.indices {
      let product = limbs[index] * factor + carry
      limbs[index] = product % limbBase
      carry = product / limbBase
    }
    if carry > 0 { limbs.append(carry) }
  }

  private static func text(_ limbs: [UInt64]) -> String {
    guard let first = limbs.last else { return "0" }
    return limbs.dropLast().reversed().reduce(into: String(first)) { text, limb in
      let digits = String(limb)
      text += String(repeating: "0", count: limbDigits - digits.utf8.count) + digits
    }
  }

  /// The number as a machine's integer; `nil` if it does not fit.
  public var int: Int? { Int(description) }

  /// The nearest floating-point number; infinite beyond their range.
  public var double: Double { Double(description) ?? (negative ? -.infinity : .infinity) }

  public var description: String { negative ? "-" + digits : digits }

  public static func < (left: PythonInteger, right: PythonInteger) -> Bool {
    guard left.negative == right.negative else { return left.negative }
    let (small, large) = left.negative ? (right, left) : (left, right)
    guard small.digits.utf8.count == large.digits.utf8.count else {
      return small.digits.utf8.count < large.digits.utf8.count
    }
    return small.digits.utf8.lexicographicallyPrecedes(large.digits.utf8)
  }
}
