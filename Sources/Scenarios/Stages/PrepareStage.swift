// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Datasets
internal import Files
package import Galley
internal import Pantry
package import Recipes

extension Workshop {
  /// Reads the data set, divides it, and keeps the items of each subset in one file, `data`, and the ids of each subset
  /// in another, `split`.
  func prepare(_ recipe: Recipe, _ texts: inout SlotTexts) throws -> StageNode {
    StageNode(
      stage: "prepare", version: 2, label: "prepare the data",
      parts: [
        "data": .text(try texts.text("data", of: recipe)), "split": .text(try texts.text("split", of: recipe)),
        "seed": .text(String(recipe.seed)),
      ], slots: try recipe.choices("data", "split")
    ) { [catalogue] inputs, label, folder in
      try PrepareStage(catalogue: catalogue, recipe: recipe).run(inputs, label: label, in: folder)
    }
  }
}

/// Reads and divides one data set.
private struct PrepareStage {
  let catalogue: Catalogue
  let recipe: Recipe

  func run(_ inputs: StageInputs, label: String, in folder: String) throws -> [String: String] {
    let dataset = try catalogue.dataset(inputs.local(recipe.slot("data"), in: folder))
    let items = try dataset.described(relativeTo: recipe.folder)
    for failure in items.failures {
      inputs.tell(.warning("\(label): \(failure.id) is left out: \(failure.error.why)."))
    }
    let (split, subsets) = try catalogue.split(inputs.local(recipe.slot("split"), in: folder))
      .subsets(of: items, seed: recipe.seed, relativeTo: recipe.folder)
    let unused = items.items.count - subsets.values.reduce(0) { $0 + $1.count }
    if unused > 0 { inputs.tell(.warning("\(label): \(unused) items are in no subset and are left out.")) }
    let (data, document) = ("\(folder)/data.safetensors", "\(folder)/split.json")
    try PreparedData(subsets: subsets, preprocessing: dataset.preprocessing).write(to: data)
    try SplitDocument(split).write(to: document)
    return ["data": data, "split": document]
  }
}

extension Catalogue {
  /// The data set that fills a slot.
  package func dataset(_ slot: FilledSlot) throws -> any Dataset {
    guard let entry = datasets.entry(named: slot.card.taxonomy) else { throw Self.unbuildable(slot) }
    return try entry.make(slot)
  }

  /// The split that fills a slot.
  package func split(_ slot: FilledSlot) throws -> any ItemSplit {
    guard let entry = splits.entry(named: slot.card.taxonomy) else { throw Self.unbuildable(slot) }
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
