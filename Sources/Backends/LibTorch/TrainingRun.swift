// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Torch

internal import Galley
internal import Tensors

/// Trains a classifier: epochs over batches, validation after each epoch, the best weights kept.
///
/// Equal seeds, options, items and thread counts give equal weights, bit for bit. Runs in one process wait for one
/// another: LibTorch has one random generator.
///
/// ```swift
/// let run = try TrainingRun(trainer, seed: 2026, in: library) { scope in
///   try architecture.makeModule(inputShape: [1, 8, 8], classes: 10, in: scope)
/// }
/// let outcome = try run.train(on: training, validatingOn: validation) { event in … }
/// let model = try run.module.exportONNX(inputShape: [1, 8, 8], in: library)
/// ```
public struct TrainingRun {
  /// The network; holds the best weights after training.
  public let module: any Module
  /// The network's parameters and buffers.
  public let state: ModuleState
  /// How it is trained.
  public let trainer: SupervisedTrainer
  /// Seed of initialisation, order and augmentation.
  public let seed: UInt64
  /// LibTorch.
  public let library: TorchLibrary

  /// Seeds LibTorch and makes the network.
  /// - Parameters:
  ///   - trainer: How it is trained.
  ///   - seed: Seed of initialisation, order and augmentation.
  ///   - threads: Threads that one operation may use; small networks gain nothing from more than one.
  ///   - library: LibTorch.
  ///   - make: Makes the network under a scope.
  /// - Throws: `TorchError` if LibTorch refuses, and what `make` throws.
  public init(
    _ trainer: SupervisedTrainer, seed: UInt64, threads: Int = 1, in library: TorchLibrary,
    make: (Scope) throws -> any Module
  ) throws {
    try library.setThreadCount(threads)
    try library.setDeterministic(true)
    let state = ModuleState(library: library)
    module = try library.withSeed(seed) { try make(state.root) }
    self.state = state
    self.trainer = trainer
    self.seed = seed
    self.library = library
  }

  /// Trains, and leaves the best weights in the network.
  /// - Parameters:
  ///   - training: The items that weights are fitted to.
  ///   - validation: The items that the best epoch is chosen by.
  ///   - events: Told after every step and every epoch; what it throws ends the run.
  ///   - isCancelled: Asked between batches; true ends the run.
  /// - Throws: `GalleyError` if the run was cancelled (`interrupted`), if the loss stopped being a number, or if the
  ///   items don't belong together; `TorchError` if LibTorch refuses.
  public func train(
    on training: TrainingItems, validatingOn validation: TrainingItems,
    events: (TrainingEvent) throws -> Void = { _ in }, isCancelled: () -> Bool = { false }
  ) throws -> TrainingOutcome {
    try check(training, validation)
    // Another seed than that of initialisation, or dropout would repeat its numbers.
    return try library.withSeed(~seed) {
      let result = try trainEpochs(training, validation, isCancelled, events)
      try state.load(result.weights)
      return result
    }
  }

  private func trainEpochs(
    _ training: TrainingItems, _ validation: TrainingItems, _ isCancelled: () -> Bool,
    _ events: (TrainingEvent) throws -> Void
  ) throws -> TrainingOutcome {
    var loop = try TrainingLoop(self, training)
    let evaluation = ClassifierEvaluation(module, in: library)
    var reports: [EpochReport] = []
    var best: (report: EpochReport, weights: Safetensors)?
    for epoch in 1...trainer.options.epochs {
      let clock = ContinuousClock()
      let start = clock.now
      let trainingLoss = try loop.runEpoch(epoch, isCancelled: isCancelled, events: events)
      let (loss, accuracy) = try evaluation.lossAndAccuracy(validation)
      guard loss.isFinite else { throw TrainingLoop.diverged(epoch: epoch, trainer) }
      var report = EpochReport(
        epoch: epoch, epochs: trainer.options.epochs, trainingLoss: trainingLoss, validationLoss: loss,
        validationAccuracy: accuracy, learningRate: loop.learningRate, seconds: (clock.now - start).seconds,
        isBest: false)
      report.isBest = best.map { report.isBetter(than: $0.report) } ?? true
      if report.isBest { best = (report, try state.safetensors()) }
      reports.append(report)
      try events(.epoch(report))
    }
    guard let best else { throw TrainingLoop.diverged(epoch: trainer.options.epochs, trainer) }
    return TrainingOutcome(best: best.report, epochs: reports, weights: best.weights)
  }

  private func check(_ training: TrainingItems, _ validation: TrainingItems) throws(GalleyError) {
    guard training.itemShape == validation.itemShape else {
      throw GalleyError(
        .badData, "can't train",
        why: "training items have the shape \(training.itemShape), validation items \(validation.itemShape)")
    }
    guard training.count >= 2 else {
      throw GalleyError(.badData, "can't train", why: "there is only one training item")
    }
  }
}

extension EpochReport {
  /// Whether these weights are to be preferred to `other`'s.
  func isBetter(than other: EpochReport) -> Bool {
    (validationAccuracy, -validationLoss) > (other.validationAccuracy, -other.validationLoss)
  }
}

extension Duration {
  /// The duration in seconds.
  fileprivate var seconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
