// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Conversion between single and half precision, on the bits of IEEE 754's binary32 and binary16.
package enum HalfPrecision {
  /// The largest finite number.
  package static let greatest: Float = 65504
  /// From here on a number rounds to infinity.
  static let overflow: Float = 65520

  /// The nearest half-precision number, ties to even; too large numbers become infinite, and what distinguishes one
  /// NaN from another is kept as far as there is room.
  package static func bits(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
    let magnitude = bits & 0x7FFF_FFFF
    if magnitude >= 0x7F80_0000 {
      let payload = UInt16(truncatingIfNeeded: (magnitude & 0x007F_FFFF) >> 13)
      let isNaN = magnitude > 0x7F80_0000
      return sign | 0x7C00 | (isNaN && payload == 0 ? 1 : payload)
    }
    // 65520 is half way between the largest number and the one after it.
    if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
    if magnitude >= 0x3880_0000 {
      // Normal: the exponent's bias changes from 127 to 15, and 13 bits of the fraction go.
      let rebiased = magnitude &- (112 << 23)
      return sign | UInt16(truncatingIfNeeded: roundedShift(rebiased, by: 13))
    }
    // Subnormal: units of 2^-24. Below half a unit everything is zero.
    let exponent = magnitude >> 23
    guard exponent >= 102 else { return sign }
    let fraction = (magnitude & 0x007F_FFFF) | 0x0080_0000
    return sign | UInt16(truncatingIfNeeded: roundedShift(fraction, by: 126 - exponent))
  }

  /// The single-precision number of the same value.
  package static func value(_ half: UInt16) -> Float {
    let sign = UInt32(half & 0x8000) << 16
    let exponent = UInt32(half >> 10) & 0x1F
    let fraction = UInt32(half & 0x03FF)
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return Float(bitPattern: sign | magnitude.bitPattern)
    case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  /// `value >> count`, rounded to the nearest integer, ties to even.
  private static func roundedShift(_ value: UInt32, by count: UInt32) -> UInt32 {
    let shifted = value >> count
    let rest = value & ((1 << count) &- 1)
    let half = UInt32(1) << (count - 1)
    return rest > half || (rest == half && shifted & 1 == 1) ? shifted + 1 : shifted
  }
}
