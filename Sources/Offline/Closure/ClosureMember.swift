// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley
public import Recipes

/// A value at a place of a recipe.
public struct ChoiceMade: Sendable, Hashable, Encodable, CustomStringConvertible {
  /// The place: a path or a synonym.
  public var path: String
  /// What is chosen there.
  public var value: ConfigurationValue

  /// Names a choice.
  public init(path: String, value: ConfigurationValue) {
    self.path = path
    self.value = value
  }

  public var description: String { "\(path)=\(value)" }
}

/// One complete recipe of a closure.
public struct ClosureMember: Sendable, Encodable {
  /// Its name: the variant's, with the choices that were made beyond it.
  public var name: String
  /// The choices that tell it from the others of its family.
  public var choices: [ChoiceMade]
  /// What was chosen automatically so that the recipe is complete and holds together.
  public var filled: [FilledChoice]
  /// The row of a golden volume that it was taken from.
  public var row: Digest?
  /// The recipe.
  public var recipe: Recipe

  private enum CodingKeys: String, CodingKey { case name, choices, filled, row }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(choices, forKey: .choices)
    try container.encode(filled, forKey: .filled)
    try container.encodeIfPresent(row, forKey: .row)
  }
}

/// Recipes that belong together, and those that were thought of and can't be.
public struct RecipeFamily: Sendable {
  /// A combination that makes no recipe.
  public struct LeftOut: Sendable, Hashable, Encodable {
    /// Its name.
    public var name: String
    /// Its choices.
    public var choices: [ChoiceMade]
    /// Why it makes none, as sentences.
    public var reasons: [String]
  }

  /// The complete recipes.
  public internal(set) var members: [ClosureMember]
  /// The combinations that contradict or can't be completed.
  public internal(set) var leftOut: [LeftOut]
  /// What a reader should know.
  public internal(set) var notes: [String] = []
  /// Golden volumes that the recipes were taken from.
  public internal(set) var volumes: [String] = []
}
