// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Recipes
internal import Statistics
internal import Targets

extension Workshop {
  /// Optimizes a model; observes activations on training items in a process of its own. Keeps `model`, `record` and
  /// `calibration`, the ids of the items observed.
  func optimize(
    _ recipe: Recipe, _ name: String, _ origin: ModelOrigin, _ exported: Int, _ prepare: Int,
    _ texts: inout SlotTexts
  ) throws -> StageNode {
    let optimizer = try catalogue.optimizer(recipe.slot("optimizer"))
    let observes = optimizer.calibrationCount > 0
    return StageNode(
      stage: "optimize", label: "optimize \(name)",
      parts: [
        "model": .output(of: exported, name: "model"), "optimizer": .text(try texts.text("optimizer", of: recipe)),
        "data": observes ? .output(of: prepare, name: "data") : .text(""), "seed": .text(String(recipe.seed)),
        "runtime": .text(observes ? try ToolIdentity.onnxRuntime() : ""),
      ], slots: try recipe.choices("optimizer", "runtime")
    ) { [target, isRehearsal] inputs, _, folder in
      let items = isRehearsal ? min(Rehearsal.items, optimizer.calibrationCount) : optimizer.calibrationCount
      let stage = OptimizeStage(optimizer: optimizer, itemCount: items, target: target, recipe: recipe)
      let model = try inputs.pantry.onnxModel("model", of: inputs.record(exported))
      let data = observes ? try inputs.prepared(prepare) : nil
      return try await stage.run(model, data: data, preprocessing: inputs.preprocessing(origin), in: folder)
    }
  }
}

/// Optimizes one model.
private struct OptimizeStage {
  let optimizer: any ModelOptimizer
  /// Items that activations are observed on, at most.
  let itemCount: Int
  let target: LocalTarget
  let recipe: Recipe

  func run(
    _ model: ModelFile, data: PreparedFile?, preprocessing: Preprocessing?, in folder: String
  ) async throws -> [String: String] {
    let items = try data.map { try calibrationItems($0, count: itemCount) } ?? []
    let runtime = try recipe.runtimeChoice()
    let observer = data.map {
      target.activationObserver(
        data: $0.path, subset: .train, ids: items, runtime: runtime, preprocessing: preprocessing)
    }
    let output = "\(folder)/model.onnx"
    let record = try await optimizer.optimize(model, to: output, calibration: observer)
    return [
      "model": output, "record": try write(record, "\(folder)/record.json"),
      "calibration": try write(items, "\(folder)/calibration.json"),
    ]
  }

  /// Training items drawn by seed; never any that are chosen by or reported on.
  private func calibrationItems(_ data: PreparedFile, count: Int) throws -> [String] {
    var generator = SeededGenerator(seed: recipe.seed)
    let drawn = Array(generator.shuffled(try data.contents.items(.train).ids).prefix(count))
    let others = Set(data.contents.subsets.filter { $0.key != .train }.flatMap(\.value.ids))
    guard let wrong = drawn.first(where: others.contains) else { return drawn }
    throw GalleyError(
      .software, "can't calibrate", at: wrong, why: "the item is for training and for another subset too")
  }
}

extension StageInputs {
  /// How items become a model's inputs, if the model's file says so; `nil` for a model that was trained on the data.
  func preprocessing(_ origin: ModelOrigin) throws -> Preprocessing? {
    guard let stage = origin.modelFile else { return nil }
    return try pantry.document(ModelFileRecord.self, "record", of: record(stage)).card.preprocessing
  }
}

/// Writes a document as JSON.
func write(_ document: some Encodable, _ path: String) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  try AtomicFile.write(encoder.encode(document), to: path)
  return path
}
