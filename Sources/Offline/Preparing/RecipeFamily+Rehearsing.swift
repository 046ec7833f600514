// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Recipes

extension RecipeFamily {
  /// The family as its proofs run it: with weights of the catalogue wherever an architecture has a place for some.
  package func rehearsed(from catalogue: CardCatalogue) -> RecipeFamily {
    var family = self
    let recipes = members.map { (name: $0.name, recipe: $0.recipe) }
    let rehearsal = Rehearsal(of: RecipeFile(name: "", path: "", recipes: recipes), catalogue: catalogue)
    for (position, variant) in rehearsal.file.variants.enumerated() where family.members.indices.contains(position) {
      family.members[position].recipe = variant.recipe
    }
    return family
  }
}
