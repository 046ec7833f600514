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
      try await PrepareStage(catalogue: catalogue, recipe: recipe).run(inputs, label: label, in: folder)
    }
  }
}

/// Reads and divides one data set.
private struct PrepareStage {
  let catalogue: Catalogue
  let recipe: Recipe

  func run(_ inputs: StageInputs, label: String, in folder: String) async throws -> [String: String] {
    let (prepared, split) = try await catalogue.prepare(
      data: inputs.local(recipe.slot("data"), in: folder), split: inputs.local(recipe.slot("split"), in: folder),
      of: recipe
    ) { inputs.tell(.warning("\(label): \($0)")) }
    let (data, document) = ("\(folder)/data.safetensors", "\(folder)/split.json")
    try prepared.write(to: data)
    try SplitDocument(split).write(to: document)
    return ["data": data, "split": document]
  }
}

extension Catalogue {
  /// Reads and divides a recipe's data.
  /// - Parameters:
  ///   - data: The choice of data; files on the network are links to copies.
  ///   - split: The choice of how it is divided, likewise.
  ///   - warn: Gets a sentence for what is left out.
  package func prepare(
    data: FilledSlot, split: FilledSlot, of recipe: Recipe, warn: (String) -> Void
  ) async throws -> (data: PreparedData, split: DatasetSplit) {
    let dataset = try dataset(data)
    let items = try await dataset.described(relativeTo: recipe.folder)
    for failure in items.failures { warn("\(failure.id) is left out: \(failure.error.why).") }
    let (split, subsets) = try self.split(split).subsets(of: items, seed: recipe.seed, relativeTo: recipe.folder)
    let unused = items.items.count - subsets.values.reduce(0) { $0 + $1.count }
    if unused > 0 { warn("\(unused) items are in no subset and are left out.") }
    return (try PreparedData(subsets: subsets, preprocessing: await dataset.preprocessing), split)
  }

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
