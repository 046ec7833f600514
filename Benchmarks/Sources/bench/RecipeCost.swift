// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Comparisons
import Galley
import Recipes

/// The time from a recipe's text to a checked recipe: 200 slots, of which a quarter is empty, against a catalogue of
/// 1,000 ingredients with synonyms, values taken from elsewhere and constraints.
enum RecipeCost {
  private static let slots = 200
  private static let ingredients = 1000

  static func run(repetitions: Int = 30) throws -> Finding {
    let catalogue = try CardCatalogue(cards)
    var times: [(galley: Double, peer: Double)] = []
    for _ in 0..<repetitions {
      let start = ContinuousClock.now
      var draft = try RecipeDraft(text: text, path: "large.yaml", folder: ".", catalogue: catalogue)
      let filled = try draft.fillEmpty()
      let recipe = try draft.recipe()
      let elapsed = start.duration(to: .now) / .seconds(1)
      guard filled.count == slots / 4, recipe.slots.count == slots else { throw Failure("the recipe is not complete") }
      times.append((galley: elapsed * 1000, peer: 1))
    }
    return Finding(
      "a recipe of 200 slots against 1,000 ingredients: read, completed, checked", unit: "ms", pairs: times, bound: 10,
      kind: .absolute)
  }

  private static var cards: [Card] {
    let places = (0..<slots).map { slot in
      OptionDeclaration(
        "group\(slot / 20).slot\(slot)", .ingredient(accepts: ["kind\(slot)"]), default: nil, help: "Slot \(slot).",
        synonyms: ["place\(slot)"])
    }
    let fillers = (0..<ingredients).map { number in
      Card(
        taxonomy: "kind\(number % slots).area.card\(number)", version: SemanticVersion(1, number % 7, 0),
        summary: "Card \(number).", priority: number / slots,
        options: [
          OptionDeclaration(
            "size", .int(minimum: 1, maximum: 4096), default: 32, help: "Size.", synonyms: ["size\(number)"]),
          OptionDeclaration("rate", .float(minimum: 0, maximum: 1), default: 0.1, help: "Rate."),
          OptionDeclaration("mode", .choice(["a", "b", "c"]), default: "a", help: "Mode."),
          OptionDeclaration("other", .int(minimum: 1, maximum: 4096), default: "${.size}", help: "Other."),
        ],
        constraints: [
          Constraint(".size % 2 == 0 and .rate <= 0.5", reason: "Sizes are even."),
          Constraint("group0.slot0.size == .other or .mode != 'b'", reason: "Mode b wants equal sizes."),
        ])
    }
    return fillers + [
      Card(taxonomy: "task.large", version: SemanticVersion(1, 0, 0), summary: "A large task.", options: places)
    ]
  }

  private static var text: String {
    var lines = ["recipe: large", "task: large", "seed: 1"]
    for group in 0..<slots / 20 {
      lines.append("group\(group):")
      for slot in group * 20..<(group + 1) * 20 where slot % 4 != 3 {
        lines += ["  slot\(slot):", "    use: card\(slot + slots)", "    size: 64", "    rate: 0.25"]
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
