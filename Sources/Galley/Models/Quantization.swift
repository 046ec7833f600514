// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How the whole numbers of a quantized tensor stand for real ones: real = (stored - zeroPoint) × scale.
public struct Quantization: Sendable, Hashable, Codable {
  /// The distance between the real values of two stored numbers that follow each other; positive.
  public var scale: Float
  /// The stored number that stands for zero.
  public var zeroPoint: Int

  /// Describes a tensor that is quantized as a whole.
  public init(scale: Float, zeroPoint: Int) {
    self.scale = scale
    self.zeroPoint = zeroPoint
  }

  /// The real value for which `stored` stands.
  public func real(_ stored: Int) -> Float { Float((Double(stored) - Double(zeroPoint)) * Double(scale)) }

  /// The number within `bounds` that stands for the value nearest to `real`; ties go away from zero, and what is not a
  /// number becomes the zero point.
  public func stored(_ real: Float, within bounds: ClosedRange<Int>) -> Int {
    let steps = Double((real / scale).rounded(.toNearestOrAwayFromZero))
    let number = (steps.isNaN ? 0 : steps) + Double(zeroPoint)
    guard number > Double(bounds.lowerBound) else { return bounds.lowerBound }
    guard number < Double(bounds.upperBound) else { return bounds.upperBound }
    return Int(number)
  }
}
