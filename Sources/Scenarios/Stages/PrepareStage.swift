// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Files
internal import Galley
internal import Pantry
internal import Recipes

/// Reads the data set, splits it, and keeps the items of each subset in one file.
struct PrepareStage {
  let catalogue: Catalogue
  let recipe: Recipe

  /// Keeps `data`, the prepared items.
  func run(on runner: StageRunner) async throws -> StageRecord {
    let (data, split) = (try recipe.slot("data"), try recipe.slot("split"))
    let identity = StageIdentity(
      stage: "prepare", version: 1,
      parts: [
        "data": try data.canonicalText(relativeTo: recipe.folder),
        "split": try split.canonicalText(relativeTo: recipe.folder),
        "seed": String(recipe.seed),
      ])
    return try await runner.run(identity, label: "prepare the data") { folder in
      let dataset = try catalogue.dataset(data)
      let items = try dataset.items(relativeTo: recipe.folder)
      let subsets = try StratifiedSplit(split.options(of: StratifiedSplit.self)).split(items, seed: recipe.seed)
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
