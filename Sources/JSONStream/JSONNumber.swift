// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A number of a JSON document: where it ends, and its value.
struct JSONNumber {
  /// The place after its last character.
  let end: Int
  private let start: Int
  private let isNegative: Bool
  /// The digits as one number, if that fits; else the number is read by the standard library.
  private let digits: UInt64?
  private let exponent: Int
  private let isPlain: Bool

  /// Reads the number that starts at a place; `nil` if it isn't one.
  @inline(__always)
  init?(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) {
    var place = start
    var value: UInt64 = 0
    var digitCount = 0
    var exponent = 0
    let isNegative = bytes[place] == UInt8(ascii: "-")
    if isNegative { place += 1 }
    let first = place
    Self.readDigits(bytes, &place, &value, &digitCount)
    // JSON allows no leading zeros.
    guard place > first, place == first + 1 || bytes[first] != UInt8(ascii: "0") else { return nil }
    var isPlain = true
    if place < bytes.count, bytes[place] == UInt8(ascii: ".") {
      isPlain = false
      place += 1
      let fraction = place
      Self.readDigits(bytes, &place, &value, &digitCount)
      guard place > fraction else { return nil }
      exponent = fraction - place
    }
    if place < bytes.count, bytes[place] | 0x20 == UInt8(ascii: "e") {
      isPlain = false
      guard let power = Self.readExponent(bytes, &place) else { return nil }
      exponent += power
    }
    self.start = start
    self.isNegative = isNegative
    self.exponent = exponent
    self.isPlain = isPlain
    digits = digitCount <= 18 ? value : nil
    end = place
  }

  /// The number if it was written as a whole one and fits.
  var whole: Int? {
    guard isPlain, let digits else { return nil }
    return isNegative ? -Int(digits) : Int(digits)
  }

  /// The nearest `Double`.
  @inline(__always)
  func value(in bytes: UnsafeBufferPointer<UInt8>) -> Double {
    // Both factors are exact, so one rounding remains (Clinger, "How to read floating point numbers accurately", 1990).
    if let digits, digits <= 1 << 53, exponent >= -22, exponent <= 22 {
      let number = Double(digits)
      let scaled = exponent < 0 ? number / Self.power(-exponent) : number * Self.power(exponent)
      return isNegative ? -scaled : scaled
    }
    return Double(String(decoding: bytes[start..<end], as: UTF8.self)) ?? .nan
  }

  @inline(__always)
  static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

  @inline(__always)
  private static func readDigits(
    _ bytes: UnsafeBufferPointer<UInt8>, _ place: inout Int, _ value: inout UInt64, _ count: inout Int
  ) {
    while place < bytes.count {
      let digit = bytes[place] &- UInt8(ascii: "0")
      guard digit < 10 else { return }
      value = value &* 10 &+ UInt64(digit)
      count += 1
      place += 1
    }
  }

  private static func readExponent(_ bytes: UnsafeBufferPointer<UInt8>, _ place: inout Int) -> Int? {
    place += 1
    var isNegative = false
    if place < bytes.count, bytes[place] == UInt8(ascii: "-") || bytes[place] == UInt8(ascii: "+") {
      isNegative = bytes[place] == UInt8(ascii: "-")
      place += 1
    }
    var power: UInt64 = 0
    var count = 0
    readDigits(bytes, &place, &power, &count)
    guard count > 0 else { return nil }
    let size = count > 6 ? 1_000_000 : Int(power)
    return isNegative ? -size : size
  }

  /// Ten to the power of 0 to 22, all exact. A `switch` needs no check for first use, as a stored table
  /// does.
  @inline(__always)
  private static func power(_ exponent: Int) -> Double {
    switch exponent {
    case 0: 1e0
    case 1: 1e1
    case 2: 1e2
    case 3: 1e3
    case 4: 1e4
    case 5: 1e5
    case 6: 1e6
    case 7: 1e7
    case 8: 1e8
    case 9: 1e9
    case 10: 1e10
    case 11: 1e11
    case 12: 1e12
    case 13: 1e13
    case 14: 1e14
    case 15: 1e15
    case 16: 1e16
    case 17: 1e17
    case 18: 1e18
    case 19: 1e19
    case 20: 1e20
    case 21: 1e21
    default: 1e22
    }
  }
}
