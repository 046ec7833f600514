// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Backends
import Foundation
import Galley
import Tensors
import Testing
import Torch

/// Each option of a training has an effect of its own.
@Suite(.enabled(if: Digits.isAvailable, Digits.absence))
struct TrainOptionsTests {
  private static let changes: [(String, @Sendable (inout TrainOptions) -> Void)] = [
    ("epochs", { $0.epochs = 3 }), ("maxSteps", { $0.maxSteps = 5 }), ("batchSize", { $0.batchSize = 16 }),
    ("accumulate", { $0.accumulate = 2 }), ("optimizer", { $0.optimizer = .adam }),
    ("learningRate", { $0.learningRate = 0.02 }), ("schedule", { $0.schedule = .cosine }),
    ("stepEpochs", { ($0.schedule, $0.stepEpochs) = (.step, 1) }),
    ("stepFactor", { ($0.schedule, $0.stepEpochs, $0.stepFactor) = (.step, 1, 0.5) }),
    ("warmUpEpochs", { $0.warmUpEpochs = 1 }), ("weightDecay", { $0.weightDecay = 0.1 }),
    ("decayVectors", { $0.decayVectors = true }), ("momentum", { ($0.optimizer, $0.momentum) = (.sgd, 0.5) }),
    ("nesterov", { ($0.optimizer, $0.nesterov) = (.sgd, false) }), ("clipNorm", { $0.clipNorm = 0.01 }),
    ("clipValue", { $0.clipValue = 0.001 }), ("labelSmoothing", { $0.labelSmoothing = 0.1 }),
    ("classWeights", { $0.classWeights = [2] + [Double](repeating: 1, count: 9) }),
    ("balanceClasses", { $0.balanceClasses = true }), ("augmentation", { $0.augmentation = .none }),
    ("shift", { $0.shift = 2 }), ("freeze", { $0.freeze = ["features.0"] }),
    ("unfreezeAtEpoch", { ($0.freeze, $0.unfreezeAtEpoch) = (["features.0"], 2) }),
    ("precision", { $0.precision = .bf16 }), ("limitTrainBatches", { $0.limitTrainBatches = 3 }),
    ("fastDevRun", { $0.fastDevRun = true }), ("seed", { $0.seed = 2 }),
  ]

  @Test func optionsThatTouchTheWeightsAllGiveOtherWeights() throws {
    var seen: [Safetensors: String] = [try Trainings.train().lastWeights: "nothing"]
    for (name, change) in Self.changes {
      let weights = try Trainings.train(nil, change).lastWeights
      #expect(seen[weights] == nil, "\(name) gives what \(seen[weights] ?? "") gives")
      seen[weights] = name
    }
  }

  @Test(arguments: [TrainOptions.AugmentationName.none, .shift, .light, .standard, .randAugment])
  func imagesAreVariedTheSameWayByAnyNumberOfWorkers(augmentation: TrainOptions.AugmentationName) throws {
    let weights = try [0, 1, 3].map { workers in
      try Trainings.train(Digits.images()) {
        ($0.augmentation, $0.workers, $0.mixup) = (augmentation, workers, 0.2)
      }.lastWeights
    }
    #expect(Set(weights).count == 1)
  }

  @Test func waysToVaryImagesDiffer() throws {
    var weights = Set(
      try TrainOptions.AugmentationName.allCases.map { name in
        try Trainings.train(Digits.images()) { $0.augmentation = name }.lastWeights
      })
    #expect(weights.count == TrainOptions.AugmentationName.allCases.count)
    weights.insert(
      try Trainings.train(Digits.images()) { ($0.augmentation, $0.mixup) = (.none, 0.4) }.lastWeights)
    #expect(weights.count == TrainOptions.AugmentationName.allCases.count + 1)
  }

  @Test func whatIsNoImageCantBeVaried() throws {
    for change: (inout TrainOptions) -> Void in [{ $0.augmentation = .light }, { $0.mixup = 1 }] {
      let error = #expect(throws: GalleyError.self) { try Trainings.train(nil, change) }
      #expect(error?.exitCode == .configuration)
    }
  }

  @Test func accumulatedGradientsAreThoseOfOneLargeBatch() throws {
    let whole = try Trainings.trainLinear { ($0.batchSize, $0.epochs) = (50, 1) }.outcome
    let parts = try Trainings.trainLinear { ($0.batchSize, $0.epochs, $0.accumulate) = (25, 1, 2) }.outcome
    for (name, tensor) in whole.lastWeights.tensors {
      let other = try #require(parts.lastWeights.tensors[name])
      #expect(try difference(tensor, other).allSatisfy { abs($0) < 1e-5 })
    }
  }

  @Test func clippedGradientsAreSmall() throws {
    let (before, byNorm) = try Trainings.trainLinear { ($0.maxSteps, $0.clipNorm) = (1, 0.01) }
    let moved = try byNorm.lastWeights.tensors.flatMap { try difference($1, #require(before[$0])) }
    #expect(abs(moved.reduce(0) { $0 + $1 * $1 }.squareRoot() - 0.01) < 1e-5)
    let (_, byValue) = try Trainings.trainLinear { ($0.maxSteps, $0.clipValue) = (1, 0.001) }
    let largest = try byValue.lastWeights.tensors.flatMap { try difference($1, #require(before[$0])) }.map(abs).max()
    #expect(abs(try #require(largest) - 0.001) < 1e-6)
  }

  @Test func classesWithoutWeightAreNotLearned() throws {
    let weights = (0..<10).map { $0 == 3 ? 1.0 : 0 }
    let outcome = try Trainings.trainLinear { ($0.classWeights, $0.epochs, $0.metric) = (weights, 3, "loss") }.outcome
    let bias = try #require(outcome.lastWeights.tensors["linear.bias"]).values(as: Float.self)
    #expect(bias.indices.max { bias[$0] < bias[$1] } == 3)
    let error = #expect(throws: GalleyError.self) { try Trainings.train { $0.classWeights = [1, 2] } }
    #expect(error?.why == "2 weights are given for 10 classes")
  }

  @Test func frozenParametersStayUntilTheyAreFreed() throws {
    let run = try Trainings.run(Trainings.options())
    let before = try #require(try run.state.safetensors().tensors["features.0.conv.weight"])
    let frozen = try Trainings.train { $0.freeze = ["features."] }
    #expect(frozen.lastWeights.tensors["features.0.conv.weight"] == before)
    #expect(
      frozen.lastWeights.tensors["classifier.weight"] != (try run.state.safetensors().tensors["classifier.weight"]))
    let freed = try Trainings.train { ($0.freeze, $0.unfreezeAtEpoch) = (["features."], 2) }
    #expect(freed.lastWeights.tensors["features.0.conv.weight"] != before)
    let never = try Trainings.train { ($0.freeze, $0.unfreezeAtEpoch) = (["features."], 3) }
    #expect(never.lastWeights.tensors["features.0.conv.weight"] == before)
    let wrong = #expect(throws: GalleyError.self) { try Trainings.train { $0.freeze = ["fetures"] } }
    #expect(wrong?.remedy == "Did you mean 'features'?")
  }

  @Test func validationsComeWithinEpochs() throws {
    let outcome = try Trainings.train { $0.validateEvery = 0.5 }
    #expect(outcome.epochs.map(\.step) == [4, 7, 11, 14])
    #expect(outcome.epochs.allSatisfy { $0.validationLoss != nil })
    let bySteps = try Trainings.train { $0.validateEverySteps = 5 }
    #expect(bySteps.epochs.map(\.step) == [5, 7, 10, 14])
    #expect(bySteps.epochs.map { $0.validationLoss != nil } == [true, false, true, true])
    let rarely = try Trainings.train { ($0.validateEvery, $0.epochs) = (2, 4) }
    #expect(rarely.epochs.map { $0.validationLoss != nil } == [false, true, false, true])
  }

  @Test(arguments: ["loss", "accuracy", "log-loss", "f1-macro", "calibration-error", "roc-auc", "top-3-accuracy"])
  func theBestWeightsAreChosenByAnyFigure(metric: String) throws {
    let outcome = try Trainings.train { ($0.metric, $0.epochs, $0.learningRate) = (metric, 5, 0.05) }
    let figures = try outcome.epochs.map { try #require(metric == "loss" ? $0.validationLoss : $0.metrics[metric]) }
    let lower = ["loss", "log-loss", "calibration-error"].contains(metric)
    let best = lower ? figures.min() : figures.max()
    #expect(best == (metric == "loss" ? outcome.best.validationLoss : outcome.best.metrics[metric]))
  }

  @Test func unknownFiguresAreRefused() throws {
    let error = #expect(throws: GalleyError.self) { try Trainings.train { $0.metric = "acuracy" } }
    #expect(error?.remedy == "Did you mean 'accuracy'?")
  }

  @Test func trainingStopsWhenNothingGetsBetter() throws {
    let patient: (inout TrainOptions) -> Void = {
      ($0.epochs, $0.patience, $0.minImprovement) = (50, 2, 1)
    }
    let outcome = try Trainings.train(nil, patient)
    #expect(outcome.end == .patience)
    #expect(outcome.epochs.count == 3)
    let longer = try Trainings.train {
      patient(&$0)
      $0.minEpochs = 6
    }
    #expect(longer.epochs.count == 6)
  }

  @Test func timeEndsATraining() throws {
    let outcome = try Trainings.train { ($0.epochs, $0.maxSeconds) = (100_000, 0.001) }
    #expect(outcome.end == .time)
    #expect(outcome.steps == 1)
    #expect(outcome.best.validationLoss != nil)
  }

  @Test func limitsCutValidationsToo() throws {
    let limited = try Trainings.train(Digits.data(0..<200, 200..<1000)) { $0.limitValidationBatches = 1 }
    let first = try Trainings.train(Digits.data(0..<200, 200..<456))
    #expect(limited.epochs.map(\.validationLoss) == first.epochs.map(\.validationLoss))
  }

  @Test func halfPrecisionLearnsToo() throws {
    let outcome = try Trainings.run(Trainings.options { ($0.precision, $0.epochs) = (.bf16, 12) }, width: 8, depth: 3)
      .train(on: Digits.data(0..<600, 600..<900))
    #expect(try #require(outcome.best.metrics["accuracy"]) > 0.8)
  }

  @Test func whatTheMachineCantDoIsRefused() throws {
    let half = #expect(throws: GalleyError.self) { try Trainings.train { $0.precision = .fp16 } }
    #expect(half?.place == "precision")
    if try Digits.library.deviceCount(.cuda) == 0 {
      let device = #expect(throws: GalleyError.self) { try Trainings.train { $0.device = .cuda } }
      #expect(device?.place == "device")
      #expect(device?.exitCode == .unavailable)
    }
  }

  @Test func checkpointsAreWritten() throws {
    let folder = try TemporaryFolder()
    var reports: [CheckpointReport] = []
    let callbacks = TrainingCallbacks(onEvent: { event in
      if case .checkpoint(let report) = event { reports.append(report) }
    })
    let outcome = try Trainings.train(in: TrainingFolder(folder.folder("run")), callbacks: callbacks) {
      ($0.epochs, $0.checkpointEvery) = (5, 2)
    }
    #expect(
      try folder.files("run").isSuperset(of: [
        "checkpoint.safetensors", "last.safetensors", "history.json", "training-state.safetensors",
        "checkpoints/epoch-00002.safetensors", "checkpoints/epoch-00004.safetensors",
      ]))
    #expect(reports.filter { $0.kind == .periodic }.map(\.epoch) == [2, 4])
    #expect(reports.filter { $0.kind == .last }.map(\.step) == [35])
    #expect(reports.last { $0.kind == .best }?.epoch == outcome.best.epoch)
    func weights(_ name: String) throws -> [String: Tensor] {
      try Safetensors(Data(contentsOf: URL(filePath: "\(folder.path)/run/\(name).safetensors"))).tensors
    }
    #expect(try weights("checkpoint") == outcome.weights.tensors)
    #expect(try weights("last") == outcome.lastWeights.tensors)
  }

  private func difference(_ left: Tensor, _ right: Tensor) throws -> [Double] {
    zip(try left.values(as: Float.self), try right.values(as: Float.self)).map { Double($0) - Double($1) }
  }
}
