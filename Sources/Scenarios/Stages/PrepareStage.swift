// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Files
internal import Galley
internal import Pantry
internal import Recipes

extension Workshop {
  /// Reads the data set, splits it, and keeps the items of each subset in one file, `data`.
  func prepare(_ recipe: Recipe, _ texts: inout SlotTexts) throws -> StageNode {
    StageNode(
      stage: "prepare", label: "prepare the data",
      parts: [
        "data": .text(try texts.text("data", of: recipe)), "split": .text(try texts.text("split", of: recipe)),
        "seed": .text(String(recipe.seed)),
      ], slots: try recipe.choices("data", "split")
    ) { [catalogue] _, _, folder in
      let dataset = try catalogue.dataset(recipe.slot("data"))
      let items = try dataset.items(relativeTo: recipe.folder)
      let options = try recipe.slot("split").options(of: StratifiedSplit.self)
      let subsets = try StratifiedSplit(options).split(items, seed: recipe.seed)
      let path = "\(folder)/data.safetensors"
      try PreparedData(subsets: subsets, preprocessing: dataset.preprocessing).write(to: path)
      return ["data": path]
    }
  }
}

extension Catalogue {
  /// The data set that fills a slot.
  func dataset(_ slot: FilledSlot) throws -> any Dataset {
    guard let entry = datasets.entry(named: slot.card.taxonomy) else { throw Self.unbuildable(slot) }
    return try entry.make(slot)
  }

  /// The model optimizer that fills a slot.
  func optimizer(_ slot: FilledSlot) throws -> any ModelOptimizer {
    guard let entry = optimizers.entry(named: slot.card.taxonomy) else { throw Self.unbuildable(slot) }
    return try entry.make(slot)
  }

  private static func unbuildable(_ slot: FilledSlot) -> GalleyError {
    GalleyError(
      .software, "can't build \(slot.card.taxonomy)", why: "the catalogue has its card but not its implementation")
  }
}
