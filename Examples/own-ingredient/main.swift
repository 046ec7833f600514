// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// An ingredient of your own, offered beside Galley's, chosen by a recipe, and built with typed options.
//
//   swift run -c release own-ingredient

import Galley
import Recipes

/// A split that trains on part of the items only.
struct PartialSplit: Ingredient {
  struct Options: Codable, Sendable, Equatable {
    var share: Double
  }

  static let card = Card(
    taxonomy: "split.partial", version: SemanticVersion(1, 0, 0), summary: "Trains on part of the items.",
    options: [
      OptionDeclaration("share", .float(minimum: 0.1, maximum: 1), default: 0.5, help: "The part that is kept.")
    ])

  let options: Options
  init(_ options: Options) { self.options = options }
}

let catalogue = try CardCatalogue([PartialSplit.card] + Card.tasks)
var draft = try RecipeDraft(task: "classification", name: "mine", catalogue: catalogue)
for offer in try draft.options("split").offered { print("\(offer.value) \(offer.help)") }

try draft.set("split", to: .map(["use": "partial", "share": 0.25]))
let slot = try draft.filledSlot("split")
print("share:", PartialSplit(try slot.options(of: PartialSplit.self)).options.share)

// A typo is an error with the nearest name.
do {
  try draft.set("split.shair", to: 0.5)
} catch {
  print(error)
}
