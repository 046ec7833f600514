// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a bundle may ask for before it is refused: bundles come from strangers until their signature is checked.
public struct BundleLimits: Sendable, Hashable {
  /// The most bytes of the envelope.
  public var envelopeBytes = 512 << 20
  /// The most objects.
  public var objects = 2_000_000
  /// The most trees, and the most artifacts of one bundle.
  public var trees = 100_000
  /// The most entries of all trees together.
  public var entries = 4_000_000
  /// The most claims.
  public var claims = 100_000
  /// The most elements of any other list.
  public var elements = 2_000_000
  /// The most bytes of a path.
  public var pathBytes = 4096
  /// The most bytes of any other text.
  public var textBytes = 64 << 10
  /// The most signatures of one envelope.
  public var signatures = 64
  /// How many bundles may build upon each other.
  public var bases = 64

  /// Creates the limits that Galley uses.
  public init() {}
}
