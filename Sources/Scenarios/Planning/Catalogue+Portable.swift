// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
public import Recipes

extension Catalogue {
  /// A file's recipes in a document that depends on no place, if that is possible.
  /// - Throws: `GalleyError` if a data set is more than what its options name; what `RecipeDocument.portable` throws.
  public func portable(_ file: RecipeFile) throws -> RecipeDocument {
    let document = try RecipeDocument.portable(file, catalogue: CardCatalogue(cards + Card.tasks))
    var seen: Set<FilledSlot> = []
    for recipe in file.variants.map(\.recipe) {
      let slot = try recipe.slot("data")
      // What was named by its content was complete when it was named.
      guard seen.insert(slot).inserted, !slot.paths(relativeTo: recipe.folder).isEmpty else { continue }
      guard let other = try dataset(slot).unnamedFile(relativeTo: recipe.folder) else { continue }
      throw GalleyError(
        .configuration, "can't make the recipe independent of its place", at: "data.path",
        why: "the data set has items in files that the recipe doesn't name, such as \(other)",
        remedy: "Name the folder that holds all of it, or an archive.")
    }
    return document
  }
}
