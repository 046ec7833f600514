// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How much a portable recipe may ask of its reader; a real one stays far below.
public struct PortableLimits: Sendable, Hashable {
  /// The most bytes of text that are read.
  public var encodedBytes = 16 << 20
  /// The most bytes that the text may inflate to, and the most characters once its aliases are followed.
  public var inflatedBytes = 16 << 20
  /// The deepest nesting.
  public var depth = 100
  /// The most values, with those behind aliases counted each time.
  public var values = 500_000
  /// The most anchors.
  public var anchors = 2_000

  /// Creates the limits that fit every recipe known.
  public init() {}
}
