// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import Galley

extension RecipeFile {
  /// A file of complete recipes that exist already.
  /// - Parameters:
  ///   - name: The name of the whole.
  ///   - path: The name of the file in messages.
  ///   - recipes: The recipes under their variants' names; a name that is there twice gets a number.
  public init(name: String, path: String, recipes: [(name: String, recipe: Recipe)]) {
    self.name = name
    self.path = path
    notices = []
    variants = []
    for (name, recipe) in recipes {
      var unique = name
      var number = 2
      while variants.contains(where: { $0.name == unique }) {
        unique = "\(name) (\(number))"
        number += 1
      }
      variants.append(Variant(name: unique, overrides: [:], recipe: recipe))
    }
  }

  /// The digest of what the file means: of its recipe, or of a list of its variants' digests and names.
  /// - Throws: `GalleyError` if a file that a recipe names can't be read.
  public func digest() throws -> Digest {
    let digests = try variants.map { (digest: try $0.recipe.digest(), name: $0.name) }
    if digests.count == 1, let only = digests.first { return only.digest }
    return Digest(of: digests.map { "\($0.digest.hex)  \($0.name)\n" }.joined())
  }
}
