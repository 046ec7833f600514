// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The extent of one dimension of a graph's input or output.
public enum Dimension: Sendable, Hashable, CustomStringConvertible {
  /// A known extent, zero or more.
  case fixed(Int)
  /// An extent that is known when the model runs; equal names mean equal extents.
  case symbolic(String)

  /// The number or the name.
  public var description: String {
    switch self {
    case .fixed(let extent): String(extent)
    case .symbolic(let name): name
    }
  }
}

extension Dimension: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
  /// Creates a known extent.
  public init(integerLiteral value: Int) { self = .fixed(value) }
  /// Creates a named extent.
  public init(stringLiteral value: String) { self = .symbolic(value) }
}
