// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Backends
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Recipes
internal import WorkerProtocol

/// Trains the network in a worker process.
struct TrainStage {
  let backend: LibTorchBackend
  let recipe: Recipe
  let tell: @Sendable (RunEvent) -> Void

  /// Keeps `checkpoint` and `summary`.
  func run(on runner: StageRunner, data: PreparedFile) async throws -> StageRecord {
    let (architecture, trainer) = (try recipe.slot("model.architecture"), try recipe.slot("trainer"))
    let identity = StageIdentity(
      stage: "train", version: 1,
      parts: [
        "data": data.digest.hex, "architecture": try architecture.canonicalText(relativeTo: recipe.folder),
        "trainer": try trainer.canonicalText(relativeTo: recipe.folder), "seed": String(recipe.seed),
        "libtorch": try ToolIdentity.libTorch(),
      ])
    let label = "train \(architecture.summary)"
    return try await runner.run(identity, label: label) { folder in
      let start = ContinuousClock.now
      let request = TrainRequest(
        data: data.path, architecture: architecture.choice, trainer: trainer.choice, seed: recipe.seed, folder: folder)
      let result = try await backend.train(request) { progress in
        tell(.progress(stage: label, RunEvent.Progress(progress)))
      }
      let summary = TrainingSummary(
        epochs: result.epochs.map {
          .init(
            epoch: $0.epoch, trainingLoss: $0.trainingLoss, validationLoss: $0.validationLoss,
            validationAccuracy: $0.validationAccuracy)
        },
        bestEpoch: result.bestEpoch, seconds: start.duration(to: .now) / .seconds(1))
      return ["checkpoint": result.checkpoint, "summary": try write(summary, "\(folder)/summary.json")]
    }
  }
}

extension FilledSlot {
  /// The choice as it travels to a worker.
  var choice: IngredientChoice { IngredientChoice(card.name, options: options) }

  /// The ingredient with the options that the recipe says, in words.
  var summary: String {
    let said = chosen.sorted().map { "\($0) \(options[$0] ?? .null)" }
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
