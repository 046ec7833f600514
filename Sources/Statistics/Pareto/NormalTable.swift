// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// The upper tail of the standard normal distribution, tabulated: piecewise cubics over steps of 1/32 that meet its value
/// and its slope at both ends. The absolute error stays below 1e-8, the relative error below 1e-4; from 8.25
/// on, where it is less than 2⁻⁵³, it is taken as 0.
enum NormalTable {
  /// Where the table ends.
  static let end = 8.25
  static let stepsPerUnit = 32.0

  /// The coefficients of each step, from the constant to the cubic, in the position within the step (0...1).
  static let coefficients: [SIMD4<Double>] = (0...Int(end * stepsPerUnit)).map { step in
    if step == Int(end * stepsPerUnit) { return .zero }
    let left = Double(step) / stepsPerUnit
    let right = left + 1 / stepsPerUnit
    let (f0, f1) = (tail(left), tail(right))
    let (d0, d1) = (slope(left) / stepsPerUnit, slope(right) / stepsPerUnit)
    return SIMD4(f0, d0, 3 * (f1 - f0) - 2 * d0 - d1, 2 * (f0 - f1) + d0 + d1)
  }

  private static func tail(_ z: Double) -> Double { 0.5 * erfc(z / 2.0.squareRoot()) }
  private static func slope(_ z: Double) -> Double { -exp(-z * z / 2) / (2 * Double.pi).squareRoot() }

  /// The probability of a value above `z`, which is 0 or more and not NaN.
  @inline(__always)
  static func upperTail(_ z: Double, _ table: UnsafePointer<SIMD4<Double>>) -> Double {
    let position = min(z, end) * stepsPerUnit
    let step = Int(position)
    let within = position - Double(step)
    let c = table[step]
    return ((c.w * within + c.z) * within + c.y) * within + c.x
  }
}
