// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The values that a tensor takes, or is to be able to take.
public struct ActivationRange: Sendable, Hashable, Codable {
  /// The smallest value.
  public var minimum: Float
  /// The largest value.
  public var maximum: Float

  /// Creates a range; it is judged when it is used.
  public init(minimum: Float, maximum: Float) {
    self.minimum = minimum
    self.maximum = maximum
  }

  /// The range with 0 in it, so that zero (padding, and what `Relu` cuts off) is represented exactly.
  public var includingZero: ActivationRange {
    ActivationRange(minimum: min(minimum, 0), maximum: max(maximum, 0))
  }

  /// Whether both ends are finite and in order.
  public var isUsable: Bool { minimum.isFinite && maximum.isFinite && minimum <= maximum }

  /// The smallest range that covers both.
  public func union(_ other: ActivationRange) -> ActivationRange {
    ActivationRange(minimum: min(minimum, other.minimum), maximum: max(maximum, other.maximum))
  }
}
