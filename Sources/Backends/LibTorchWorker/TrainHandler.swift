// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Architectures
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Tensors
internal import Torch
internal import WorkerProtocol

/// The worker's method `train`.
struct TrainHandler {
  let host: TorchHost
  let context: WorkerContext

  func run(_ request: TrainRequest) throws -> TrainResult {
    try TorchHost.explaining("train") {
      let architecture = try TorchHost.architecture(request.architecture)
      let trainerChoice = try request.trainer.completed(by: SupervisedTrainer.card)
      let trainer = try SupervisedTrainer(request.trainer.options(of: SupervisedTrainer.self))
      let data = try PreparedData(contentsOf: request.data)
      let digest = try Digest(ofFileAt: request.data)
      let (training, validation) = (try items(data, .train), try items(data, .validation))
      let library = try host.library()
      let run = try TrainingRun(trainer, seed: request.seed, threads: request.threads, in: library) { scope in
        try architecture.made.makeModule(inputShape: training.itemShape, classes: data.labels.count, in: scope)
      }
      let initial = try request.initialWeights.map { try InitialWeights(contentsOf: $0).load(into: run.state) }
      let outcome = try train(run, training, validation)
      let checkpoint = Checkpoint(
        architecture: architecture.complete.withoutSlots(of: architecture.card),
        architectureVersion: architecture.card.version,
        inputShape: training.itemShape, labels: data.labels, preprocessing: data.preprocessing,
        trainer: trainerChoice, seed: request.seed, threads: request.threads, data: digest,
        initialWeights: initial?.digest, libTorchVersion: library.version, weights: outcome.weights.tensors)
      var result = try write(checkpoint, outcome, run, request)
      result.initialWeights = initial
      return result
    }
  }

  private func items(_ data: PreparedData, _ subset: Subset) throws -> TrainingItems {
    let items = try data.items(subset)
    return try TrainingItems(inputs: data.preprocessing.apply(to: items.inputs), classes: items.classes)
  }

  private func train(
    _ run: TrainingRun, _ training: TrainingItems, _ validation: TrainingItems
  ) throws -> TrainingOutcome {
    var lastReport = ContinuousClock.now
    let epochs = run.trainer.options.epochs
    context.progress("training", completed: 0, total: epochs, unit: "epochs")
    do {
      return try run.train(
        on: training, validatingOn: validation,
        events: { event in
          guard let report = Self.report(event, epochs: epochs, lastReport: &lastReport) else { return }
          context.progress(
            "training", completed: report.completed, total: epochs, unit: "epochs", message: report.message,
            metrics: report.metrics)
        }, isCancelled: { context.isCancelled })
    } catch let error as GalleyError where error.exitCode == .interrupted {
      throw CancellationError()
    }
  }

  /// What is told of an event; `nil` if nothing is. An epoch may take minutes, so steps are told too, at most four in
  /// a second.
  private static func report(
    _ event: TrainingEvent, epochs: Int, lastReport: inout ContinuousClock.Instant
  ) -> (completed: Int, message: String?, metrics: [String: Double])? {
    switch event {
    case .step(let step):
      guard lastReport.duration(to: .now) > .milliseconds(250) else { return nil }
      lastReport = .now
      return (step.epoch - 1, "step \(step.done) of \(step.total)", ["loss": step.loss])
    case .epoch(let report):
      lastReport = .now
      return (report.epoch, nil, report.metrics)
    }
  }

  /// The checkpoint comes last: where it is, all is.
  private func write(
    _ checkpoint: Checkpoint, _ outcome: TrainingOutcome, _ run: TrainingRun, _ request: TrainRequest
  ) throws -> TrainResult {
    try context.checkCancellation()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try AtomicFile.write(encoder.encode(outcome.epochs), to: request.history)
    let bytes = try checkpoint.safetensors().serialized()
    let parameterCount = try run.state.parameterCount
    try AtomicFile.write(bytes, to: request.checkpoint)
    return TrainResult(
      checkpoint: request.checkpoint, digest: Digest(of: bytes), history: request.history,
      bestEpoch: outcome.best.epoch, epochs: outcome.epochs, parameterCount: parameterCount,
      libTorchVersion: checkpoint.libTorchVersion)
  }
}

extension EpochReport {
  /// The numbers that are told at the end of an epoch.
  fileprivate var metrics: [String: Double] {
    [
      "trainingLoss": trainingLoss, "validationLoss": validationLoss, "validationAccuracy": validationAccuracy,
      "learningRate": learningRate, "seconds": seconds,
    ]
  }
}

extension IngredientChoice {
  /// The options that make the network what it is; what fills the ingredient's slots, as the weights that training
  /// began with, is told elsewhere.
  fileprivate func withoutSlots(of card: Card) -> IngredientChoice {
    IngredientChoice(name, options: options.filter { card.option($0.key)?.kind.isSlot != true })
  }
}
