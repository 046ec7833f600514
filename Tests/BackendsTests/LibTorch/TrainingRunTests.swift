// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Architectures
import Backends
import Galley
import Tensors
import Testing
import Torch

@Suite(.enabled(if: Digits.isAvailable, Digits.absence))
struct TrainingRunTests {
  @Test func digitsAreLearned() throws {
    let run = try Trainings.run(Trainings.options { $0.epochs = 20 }, width: 8, depth: 3)
    let outcome = try run.train(on: Digits.data(0..<1078, 1078..<1437))
    let accuracy = try ClassifierEvaluation(run.module, in: Digits.library)
      .lossAndAccuracy(Digits.items(1437..<1797)).accuracy
    #expect(try #require(outcome.best.metrics["accuracy"]) >= 0.97)
    #expect(accuracy >= 0.97)
  }

  @Test(arguments: TrainOptions.OptimizerName.allCases)
  func equalSeedsGiveEqualWeightsBitForBit(optimizer: TrainOptions.OptimizerName) throws {
    let outcomes = try [5, 5, 6].map { seed in
      try Trainings.train { ($0.optimizer, $0.seed) = (optimizer, seed) }
    }
    #expect(outcomes[0].weights == outcomes[1].weights)
    #expect(outcomes[0].weights != outcomes[2].weights)
  }

  @Test func theBestWeightsAreKept() throws {
    let run = try Trainings.run(
      Trainings.options { ($0.epochs, $0.learningRate, $0.schedule) = (8, 0.05, .constant) })
    let outcome = try run.train(on: Digits.data())
    #expect(outcome.epochs.map(\.epoch) == Array(1...8))
    func key(_ report: EpochReport) throws -> (Double, Double) {
      (try #require(report.metrics["accuracy"]), -(try #require(report.validationLoss)))
    }
    let best = try #require(outcome.epochs.max { try key($0) < key($1) })
    #expect(outcome.best == best)
    #expect(outcome.epochs.last { $0.isBest } == best)
    #expect(try run.state.safetensors().tensors == outcome.weights.tensors)
    let (loss, accuracy) = try ClassifierEvaluation(run.module, in: Digits.library)
      .lossAndAccuracy(Digits.items(200..<300))
    #expect(accuracy == best.metrics["accuracy"])
    #expect(loss == best.validationLoss)
  }

  @Test func everyStepAndEpochIsTold() throws {
    var (steps, epochs): ([StepReport], [EpochReport]) = ([], [])
    let callbacks = TrainingCallbacks(
      onStep: {
        steps.append($0)
        return .proceed
      },
      onEpoch: {
        epochs.append($0)
        return .proceed
      })
    _ = try Trainings.train(Digits.data(0..<201, 201..<250), callbacks: callbacks) { $0.batchSize = 50 }
    #expect(steps.map(\.step) == Array(1...8))
    #expect(steps.map(\.epoch) == [1, 1, 1, 1, 2, 2, 2, 2])
    #expect(steps.allSatisfy { $0.total == 8 && $0.loss > 0 && $0.learningRate > 0 })
    #expect(epochs.map(\.step) == [4, 8])
    #expect(epochs.allSatisfy { $0.seconds > 0 && $0.trainingLoss > 0 })
  }

  @Test func aCallbackEndsTheRunAfterItsStepWithWhatWasReached() throws {
    let callbacks = TrainingCallbacks(onStep: { $0.step == 3 ? .stop : .proceed })
    let outcome = try Trainings.train(callbacks: callbacks)
    #expect(outcome.end == .callback)
    #expect(outcome.steps == 3)
    #expect(outcome.epochs.map(\.step) == [3])
    #expect(outcome.best.validationLoss != nil)
    let other = try Trainings.train(callbacks: TrainingCallbacks(onEpoch: { _ in .stop }))
    #expect(other.epochs.map(\.epoch) == [1])
    #expect(other.end == .callback)
  }

  @Test func aCancelledRunStopsBetweenSteps() throws {
    var steps = 0
    let callbacks = TrainingCallbacks(
      onStep: { _ in
        steps += 1
        return .proceed
      }, isCancelled: { steps == 3 })
    let error = #expect(throws: GalleyError.self) { try Trainings.train(callbacks: callbacks) }
    #expect(error?.exitCode == .interrupted)
    #expect(steps == 3)
  }

  @Test func whatACallbackThrowsEndsTheRun() throws {
    struct Refusal: Error {}
    #expect(throws: Refusal.self) {
      try Trainings.train(callbacks: TrainingCallbacks(onStep: { _ in throw Refusal() }))
    }
    // The generator is free again.
    _ = try Trainings.train(Digits.data(0..<50, 50..<60))
  }

  @Test func aLossThatIsNoNumberStopsTheRunAndNamesItsItems() throws {
    let good = try Digits.items(0..<50)
    let values = try good.inputs.values(as: Float.self).enumerated().map { $0 / 64 == 7 ? Float.nan : $1 }
    let bad = try TrainingItems(
      ids: good.ids, inputs: Tensor(values, shape: good.inputs.shape), classSets: good.classSets)
    let folder = try TemporaryFolder()
    let error = #expect(throws: GalleyError.self) {
      try Trainings.train(
        TrainingData(bad, validatingOn: good, labels: Digits.labels), in: TrainingFolder(folder.folder("run"))
      ) { $0.batchSize = 10 }
    }
    #expect(error?.place == "epoch 1 of 2")
    #expect(error?.why.contains("no longer a number") == true)
    #expect(error?.why.contains("digit-7") == true)
    #expect(try folder.files("run").isSuperset(of: ["training-state.safetensors", "diverged-items.json"]))
  }

  @Test func itemsThatDontBelongTogetherAreRefused() throws {
    let good = try Digits.items(0..<50)
    let wide = try TrainingItems(
      inputs: Tensor(zeros: .float32, shape: [50, 1, 4, 16]), classSets: good.classSets)
    #expect(throws: GalleyError.self) { try TrainingData(good, validatingOn: wide, labels: Digits.labels) }
    #expect(throws: GalleyError.self) { try TrainingItems(inputs: good.inputs, classes: [1]) }
    #expect(throws: GalleyError.self) {
      try TrainingItems(inputs: Tensor(zeros: .uint8, shape: [1, 1, 8, 8]), classes: [1])
    }
    let error = #expect(throws: GalleyError.self) {
      try TrainingData(good, validatingOn: nil, labels: ["0", "1"])
    }
    #expect(error?.why.contains("none of the 2 labels") == true)
    let several = try TrainingItems(inputs: good.inputs, classSets: [[]] + good.classSets.dropFirst())
    #expect(throws: GalleyError.self) { try TrainingData(several, validatingOn: nil, labels: Digits.labels) }
  }

  @Test func withoutValidationItemsTheLastWeightsAreKept() throws {
    let outcome = try Trainings.train(Digits.data(0..<100, nil)) { $0.epochs = 3 }
    #expect(outcome.weights == outcome.lastWeights)
    #expect(outcome.epochs.allSatisfy { $0.validationLoss == nil && $0.isBest })
  }

  @Test func batchSizesOfAnEvaluationDontMatter() throws {
    let run = try Trainings.run(Trainings.options())
    let inputs = try Digits.items(0..<30).inputs
    let whole = try ClassifierEvaluation(run.module, in: Digits.library).logits(inputs).values(as: Float.self)
    let parts = try ClassifierEvaluation(run.module, in: Digits.library, batchSize: 7).logits(inputs)
      .values(as: Float.self)
    #expect(zip(whole, parts).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  /// Two labels for each digit: whether it is even, and whether it is at least 5.
  @Test func severalLabelsAreLearned() throws {
    func items(_ range: Range<Int>) throws -> TrainingItems {
      let items = try Digits.items(range)
      let sets = items.classSets.map { classes in
        (classes[0].isMultiple(of: 2) ? [0] : []) + (classes[0] >= 5 ? [1] : [])
      }
      return try TrainingItems(ids: items.ids, inputs: items.inputs, classSets: sets)
    }
    let data = try TrainingData(
      items(0..<600), validatingOn: items(600..<900), labels: ["even", "large"], task: .multiLabelClassification)
    let run = try TrainingRun(Trainings.options { ($0.epochs, $0.metric) = (12, "f1-macro") }, in: Digits.library) {
      try SmallConvNet(SmallConvNet.Options(width: 8)).makeModule(inputShape: [1, 8, 8], classes: 2, in: $0)
    }
    let outcome = try run.train(on: data)
    #expect(try #require(outcome.best.metrics["f1-macro"]) > 0.9)
    #expect(try #require(outcome.best.metrics["accuracy"]) > 0.8)
  }
}
