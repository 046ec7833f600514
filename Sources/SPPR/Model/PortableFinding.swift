// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Something in a portable recipe that is not as it should be.
public struct PortableFinding: Sendable, Hashable, CustomStringConvertible {
  /// What sort of thing is wrong.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// An ingredient's or a configuration's id is not the SHA-256 of its content.
    case wrongIdentity
    /// Something is named that the recipe does not hold: a node, an ingredient, a configuration, a slot.
    case missing
    /// Nodes lie within each other.
    case cycle
    /// A node lies in two places, or in none.
    case placement
    /// A slot holds what does not fit it.
    case unfit
    /// A part has another form than portable recipes have.
    case malformed
  }

  /// What sort of thing is wrong.
  public let kind: Kind
  /// Where in the document.
  public let path: PortablePath
  /// What is wrong, in words.
  public let message: String

  /// One line: the place, then what is wrong.
  public var description: String { "\(path): \(message)" }
}
