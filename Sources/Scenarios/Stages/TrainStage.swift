// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Backends
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Recipes
internal import WorkerProtocol

extension Workshop {
  /// Trains the network in a worker process; keeps `checkpoint` and `summary`.
  func train(_ recipe: Recipe, _ prepare: Int, _ texts: inout SlotTexts) throws -> StageNode {
    let architecture = try recipe.slot("model.architecture")
    let weights = try PretrainedWeights(architecture, folder: recipe.folder)
    var parts: [String: StageNode.Part] = [
      "data": .output(of: prepare, name: "data"),
      "architecture": .text(try texts.text("model.architecture", of: recipe)),
      "trainer": .text(try texts.text("trainer", of: recipe)), "seed": .text(String(recipe.seed)),
      "libtorch": .text(try ToolIdentity.libTorch()),
    ]
    if let part = weights.part { parts["weights"] = part }
    return StageNode(
      stage: "train", label: "train \(architecture.summary)", parts: parts,
      slots: try recipe.choices("model.architecture", "trainer")
    ) { [backend] inputs, label, folder in
      try await TrainStage(backend: backend, recipe: recipe, weights: weights)
        .run(inputs, data: inputs.prepared(prepare), label: label, in: folder)
    }
  }
}

/// Trains one network.
private struct TrainStage {
  let backend: LibTorchBackend
  let recipe: Recipe
  let weights: PretrainedWeights

  func run(_ inputs: StageInputs, data: PreparedFile, label: String, in folder: String) async throws
    -> [String: String]
  {
    let start = ContinuousClock.now
    let initialWeights = try weights.path(inputs)
    let request = TrainRequest(
      data: data.path, architecture: try recipe.slot("model.architecture").choice,
      trainer: try recipe.slot("trainer").choice, seed: recipe.seed, initialWeights: initialWeights,
      folder: folder)
    let result: TrainResult
    do {
      result = try await backend.train(request) { progress in
        inputs.tell(.progress(stage: label, RunEvent.Progress(progress)))
      }
    } catch var error as GalleyError where error.place != nil && error.place == initialWeights {
      // The user knows the weights by their own place, not by that of the copy in the pantry.
      error.place = weights.place
      throw error
    }
    let initial = result.initialWeights.map {
      TrainingSummary.Weights(name: weights.name, digest: $0.digest, fresh: $0.fresh)
    }
    if let initial, !initial.fresh.isEmpty {
      inputs.tell(
        .warning(
          "\(label): the last layer begins afresh, because \(initial.name) has another shape for it ("
            + initial.fresh.joined(separator: ", ") + ")."))
    }
    let summary = TrainingSummary(
      epochs: result.epochs.map {
        .init(
          epoch: $0.epoch, trainingLoss: $0.trainingLoss, validationLoss: $0.validationLoss,
          validationAccuracy: $0.validationAccuracy)
      },
      bestEpoch: result.bestEpoch, seconds: start.duration(to: .now) / .seconds(1), weights: initial)
    return ["checkpoint": result.checkpoint, "summary": try write(summary, "\(folder)/summary.json")]
  }
}

extension FilledSlot {
  /// The choice as it travels to a worker, which is told of what fills the choice's slots in other ways.
  var choice: IngredientChoice {
    IngredientChoice(card.name, options: options.filter { card.option($0.key)?.kind.isSlot != true })
  }

  /// The ingredient with the options that the recipe says, in words.
  var summary: String {
    let said = chosen.sorted().filter { card.option($0)?.kind.isSlot == false }
      .map { "\($0) \(options[$0] ?? .null)" }
    return ([card.name] + said).joined(separator: " ")
  }
}

extension RunEvent.Progress {
  /// What a worker tells, as this room tells it.
  init(_ progress: WorkerProgress) {
    self.init(
      completed: progress.completed, total: progress.total, unit: progress.unit, message: progress.message,
      metrics: progress.metrics)
  }
}
