// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Everything that is wrong with a recipe, found in one pass.
public struct RecipeError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The mistakes, in the order of the file; at least one.
  public let problems: [GalleyError]

  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
