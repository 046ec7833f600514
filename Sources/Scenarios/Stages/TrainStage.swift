// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Backends
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Recipes
internal import Synchronization

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
    ) { [backend, isRehearsal] inputs, label, folder in
      try await TrainStage(backend: backend, recipe: recipe, weights: weights, isRehearsal: isRehearsal)
        .run(inputs, data: inputs.prepared(prepare), label: label, in: folder)
    }
  }
}

/// Trains one network.
private struct TrainStage {
  let backend: LibTorchBackend
  let recipe: Recipe
  let weights: PretrainedWeights
  let isRehearsal: Bool

  func run(_ inputs: StageInputs, data: PreparedFile, label: String, in folder: String) async throws
    -> [String: String]
  {
    let start = ContinuousClock.now
    let request = try request(inputs, data, folder)
    let events = TrainingEvents(label: label, weights: (request.initialWeights, weights.name), inputs: inputs)
    let result: VerbResult
    do {
      result = try await backend.run(request, events: EventSink { events.tell($0) })
    } catch var error as GalleyError where error.place != nil && error.place == request.initialWeights {
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
      weights: try result.files["initialWeights"].map {
        let taken = try JSONDecoder().decode(TakenWeights.self, from: Data(contentsOf: URL(filePath: $0.path)))
        return TrainingSummary.Weights(name: weights.name, digest: taken.digest, fresh: taken.fresh)
      },
      smallestBatch: try result.files["smallestBatch"].map {
        try JSONDecoder().decode(SmallestBatch.self, from: Data(contentsOf: URL(filePath: $0.path)))
      })
    return ["checkpoint": checkpoint, "summary": try write(summary, "\(folder)/summary.json")]
  }

  /// What the worker says of the weights that training began with.
  private struct TakenWeights: Decodable {
    var digest: Digest
    var fresh: [String]
  }

  private func request(_ inputs: StageInputs, _ data: PreparedFile, _ folder: String) throws -> VerbRequest {
    var options = try recipe.slot("trainer").options(of: SupervisedTrainer.self).training
    options.seed = Int(bitPattern: UInt(recipe.seed))
    options.initialWeights = try weights.path(inputs)
    // The pantry keeps what a stage gives; logs are an engine's affair.
    options.loggers = []
    if isRehearsal { (options.fastDevRun, options.smallestBatch) = (true, true) }
    return VerbRequest(
      .train(options), model: .architecture(try recipe.slot("model.architecture").choice),
      data: .prepared(path: data.path, digest: data.digest), task: .classification,
      preprocessing: data.contents.preprocessing, labels: data.contents.labels, folder: folder)
  }
}

/// Tells a run's user what a training tells.
private final class TrainingEvents: Sendable {
  private let label: String
  private let weights: (path: String?, name: String)
  private let inputs: StageInputs
  private let lastStep = Mutex<ContinuousClock.Instant?>(nil)
  private let total = Mutex<Int?>(nil)

  init(label: String, weights: (path: String?, name: String), inputs: StageInputs) {
    self.label = label
    self.weights = weights
    self.inputs = inputs
  }

  func tell(_ event: EngineEvent) {
    switch event {
    case .started(_, let total, _): self.total.withLock { $0 = total }
    case .step(let report):
      // A screen shows no more than four in a second.
      guard isDue() else { return }
      progress(report.step, "epoch \(report.epoch)", ["loss": report.loss])
    case .epoch(let report):
      var metrics = ["trainingLoss": report.trainingLoss, "learningRate": report.learningRate]
      metrics["validationLoss"] = report.validationLoss
      metrics["validationAccuracy"] = report.metrics["accuracy"]
      progress(report.step, "epoch \(report.epoch)", metrics)
    case .warning(let text): inputs.tell(.warning("\(label): \(named(text))"))
    case .metric, .checkpoint, .item, .finished: break
    }
  }

  /// The user knows the weights by their own name, not by that of the copy in the pantry.
  private func named(_ text: String) -> String {
    guard let copy = weights.path?.split(separator: "/").last else { return text }
    return text.replacing(copy, with: weights.name)
  }

  private func isDue() -> Bool {
    lastStep.withLock { last in
      if let last, last.duration(to: .now) < .milliseconds(250) { return false }
      last = .now
      return true
    }
  }

  private func progress(_ step: Int, _ message: String, _ metrics: [String: Double]) {
    inputs.tell(
      .progress(
        stage: label,
        RunEvent.Progress(
          completed: step, total: total.withLock { $0 }, unit: "steps", message: message, metrics: metrics)))
  }
}

extension VerbRequest {
  /// The weights that a training begins with.
  fileprivate var initialWeights: String? {
    if case .train(let options) = work { options.initialWeights } else { nil }
  }
}

extension VerbResult {
  /// The path of a file that a backend made.
  /// - Throws: `GalleyError` if it made none.
  func file(_ name: String) throws(GalleyError) -> String {
    guard let file = files[name] else {
      throw GalleyError(.software, "can't use what the backend gave", why: "there is no file '\(name)'")
    }
    return file.path
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
