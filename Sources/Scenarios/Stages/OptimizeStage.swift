// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Recipes
internal import Statistics
internal import Targets

/// Optimizes an exported model; observes activations on training items in a process of its own.
struct OptimizeStage {
  let catalogue: Catalogue
  let target: LocalTarget
  let recipe: Recipe
  let name: String

  /// Keeps `model`, `record` and `calibration`, the ids of the items observed.
  func run(on runner: StageRunner, model: ModelFile, data: PreparedFile) async throws -> StageRecord {
    let (slot, runtime) = (try recipe.slot("optimizer"), try recipe.runtimeChoice())
    let optimizer = try catalogue.optimizer(slot)
    let identity = StageIdentity(
      stage: "optimize", version: 1,
      parts: [
        "model": model.digest.hex, "optimizer": try slot.canonicalText(relativeTo: recipe.folder),
        "data": optimizer.calibrationCount > 0 ? data.digest.hex : "", "seed": String(recipe.seed),
        "runtime": optimizer.calibrationCount > 0 ? try ToolIdentity.onnxRuntime() : "",
      ])
    return try await runner.run(identity, label: "optimize \(name)") { folder in
      let items = try calibrationItems(data, count: optimizer.calibrationCount)
      let observer = target.activationObserver(data: data.path, subset: .train, ids: items, runtime: runtime)
      let output = "\(folder)/model.onnx"
      let record = try await optimizer.optimize(model, to: output, calibration: items.isEmpty ? nil : observer)
      let files = [
        "record": try write(record, "\(folder)/record.json"),
        "calibration": try write(items, "\(folder)/calibration.json"),
      ]
      return files.merging(["model": output]) { $1 }
    }
  }

  /// Training items drawn by seed.
  private func calibrationItems(_ data: PreparedFile, count: Int) throws -> [String] {
    guard count > 0 else { return [] }
    var generator = SeededGenerator(seed: recipe.seed)
    return Array(generator.shuffled(try data.contents.items(.train).ids).prefix(count))
  }
}

/// Writes a document as JSON.
func write(_ document: some Encodable, _ path: String) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  try AtomicFile.write(encoder.encode(document), to: path)
  return path
}
