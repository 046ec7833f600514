// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import Recipes

/// What claims are made of: recipes that are run together.
public struct ClaimSubject: Sendable {
  /// The recipes.
  public var file: RecipeFile
  /// Their positions in the family.
  public var members: [Int]

  /// What is claimed of a family: its recipe with all variants together, or, where choices were taken at places or rows
  /// of golden volumes, each recipe for itself.
  /// - Parameters:
  ///   - name: The recipe's name.
  ///   - path: The recipe's file, for messages.
  public static func subjects(of family: RecipeFamily, name: String, path: String) -> [ClaimSubject] {
    let members = family.members
    guard members.contains(where: { !$0.choices.isEmpty || $0.row != nil }) else {
      let recipes = members.map { (name: $0.name, recipe: $0.recipe) }
      return [ClaimSubject(file: RecipeFile(name: name, path: path, recipes: recipes), members: Array(members.indices))]
    }
    return members.indices.map { position in
      let member = members[position]
      let file = RecipeFile(name: member.name, path: path, recipes: [(name: member.name, recipe: member.recipe)])
      return ClaimSubject(file: file, members: [position])
    }
  }
}
