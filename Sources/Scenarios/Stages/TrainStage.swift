// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Backends
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Recipes

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
      stage: "train", version: 2, label: "train \(architecture.summary)", parts: parts,
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
    let request = try request(inputs, data, folder)
    let stage = TrainingEvents(label: label, inputs: inputs)
    let result: VerbResult
    do {
      result = try await backend.run(request, events: EventSink { stage.tell($0) })
    } catch var error as GalleyError where error.place != nil && error.place == (try? weights.path(inputs)) {
      // The user knows the weights by their own place, not by that of the copy in the pantry.
      error.place = weights.place
      throw error
    }
    let checkpoint = try result.file("checkpoint")
    let history = try JSONDecoder().decode(
      [EpochReport].self, from: Data(contentsOf: URL(filePath: result.file("history"))))
    let summary = TrainingSummary(
      epochs: history.compactMap { report in
        report.validationLoss.map {
          .init(
            epoch: report.epoch, trainingLoss: report.trainingLoss, validationLoss: $0,
            validationAccuracy: report.metrics["accuracy"] ?? .nan)
        }
      },
      bestEpoch: Int(result.figures["bestEpoch"] ?? 0), seconds: start.duration(to: .now) / .seconds(1),
      weights: try weights.digest(inputs).map {
        TrainingSummary.Weights(name: weights.name, digest: $0, fresh: stage.freshParameters)
      })
    return ["checkpoint": checkpoint, "summary": try write(summary, "\(folder)/summary.json")]
  }

  private func request(_ inputs: StageInputs, _ data: PreparedFile, _ folder: String) throws -> VerbRequest {
    var options = try recipe.slot("trainer").options(of: SupervisedTrainer.self).training
    options.seed = Int(bitPattern: UInt(recipe.seed))
    options.initialWeights = try weights.path(inputs)
    // The pantry keeps what a stage gives; logs are an engine's affair.
    options.loggers = []
    return VerbRequest(
      .train(options), model: .architecture(try recipe.slot("model.architecture").choice),
      data: .prepared(path: data.path, digest: data.digest), task: .classification,
      preprocessing: data.contents.preprocessing, labels: data.contents.labels, folder: folder)
  }
}
