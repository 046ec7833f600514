// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Architectures
import Backends
import Galley
import Tensors
import Testing
import Torch

@Suite(.enabled(if: Digits.isAvailable, Digits.absence))
struct TrainingRunTests {
  private func options(_ change: (inout SupervisedTrainer.Options) -> Void = { _ in }) -> SupervisedTrainer.Options {
    var options = SupervisedTrainer.Options()
    options.epochs = 2
    change(&options)
    return options
  }

  private func run(
    _ options: SupervisedTrainer.Options, seed: UInt64 = 1, width: Int = 4
  ) throws -> TrainingRun {
    try TrainingRun(SupervisedTrainer(options), seed: seed, in: Digits.library) {
      try SmallConvNet(SmallConvNet.Options(width: width)).makeModule(inputShape: [1, 8, 8], classes: 10, in: $0)
    }
  }

  @Test func digitsAreLearned() throws {
    let run = try run(options { $0.epochs = 20 }, width: 8)
    let outcome = try run.train(on: Digits.items(0..<1078), validatingOn: Digits.items(1078..<1437))
    let accuracy = try ClassifierEvaluation(run.module, in: Digits.library)
      .lossAndAccuracy(Digits.items(1437..<1797)).accuracy
    #expect(outcome.best.validationAccuracy >= 0.97)
    #expect(accuracy >= 0.97)
  }

  @Test(arguments: SupervisedTrainer.OptimizerName.allCases)
  func equalSeedsGiveEqualWeightsBitForBit(optimizer: SupervisedTrainer.OptimizerName) throws {
    let (training, validation) = (try Digits.items(0..<200), try Digits.items(200..<300))
    let outcomes = try [5, 5, 6].map { seed in
      try run(options { $0.optimizer = optimizer }, seed: seed).train(on: training, validatingOn: validation)
    }
    #expect(outcomes[0].weights == outcomes[1].weights)
    #expect(outcomes[0].weights != outcomes[2].weights)
  }

  @Test func theBestEpochIsKept() throws {
    let run = try run(
      options {
        $0.epochs = 8; $0.learningRate = 0.05; $0.schedule = .constant
      })
    let validation = try Digits.items(200..<300)
    let outcome = try run.train(on: Digits.items(0..<200), validatingOn: validation)
    #expect(outcome.epochs.map(\.epoch) == Array(1...8))
    let best = try #require(
      outcome.epochs.max {
        ($0.validationAccuracy, -$0.validationLoss) < ($1.validationAccuracy, -$1.validationLoss)
      })
    #expect(outcome.best == best)
    #expect(outcome.epochs.last { $0.isBest } == best)
    #expect(try run.state.safetensors().tensors == outcome.weights.tensors)
    let (loss, accuracy) = try ClassifierEvaluation(run.module, in: Digits.library).lossAndAccuracy(validation)
    #expect(accuracy == best.validationAccuracy)
    #expect(loss == best.validationLoss)
  }

  @Test func everyStepAndEpochIsTold() throws {
    var (steps, epochs): ([TrainingStep], [EpochReport]) = ([], [])
    _ = try run(options { $0.batchSize = 50 })
      .train(on: Digits.items(0..<201), validatingOn: Digits.items(201..<250)) { event in
        switch event {
        case .step(let step): steps.append(step)
        case .epoch(let report): epochs.append(report)
        }
      }
    #expect(steps.map(\.done) == Array(1...8))
    #expect(steps.allSatisfy { $0.total == 8 && $0.loss > 0 })
    #expect(epochs.map(\.epochs) == [2, 2])
    #expect(epochs.allSatisfy { $0.seconds > 0 && $0.trainingLoss > 0 })
  }

  @Test func aCancelledRunStopsBetweenBatches() throws {
    var steps = 0
    let error = #expect(throws: GalleyError.self) {
      try run(options()).train(
        on: Digits.items(0..<200), validatingOn: Digits.items(200..<300), events: { _ in steps += 1 },
        isCancelled: { steps == 3 })
    }
    #expect(error?.exitCode == .interrupted)
    #expect(steps == 3)
  }

  @Test func whatAListenerThrowsEndsTheRun() throws {
    struct Refusal: Error {}
    #expect(throws: Refusal.self) {
      try run(options()).train(on: Digits.items(0..<50), validatingOn: Digits.items(50..<60)) { _ in throw Refusal() }
    }
    // The generator is free again.
    _ = try run(options())
  }

  @Test func aLossThatIsNoNumberStopsTheRun() throws {
    let good = try Digits.items(0..<50)
    let values = try good.inputs.values(as: Float.self).map { $0 * .infinity }
    let bad = try TrainingItems(inputs: Tensor(values, shape: good.inputs.shape), classes: good.classes)
    let error = #expect(throws: GalleyError.self) { try run(options()).train(on: bad, validatingOn: good) }
    #expect(error?.place == "epoch 1 of 2")
    #expect(error?.why.contains("no longer a number") == true)
  }

  @Test func itemsThatDontBelongTogetherAreRefused() throws {
    let good = try Digits.items(0..<50)
    let wide = try TrainingItems(inputs: Tensor(zeros: .float32, shape: [50, 1, 4, 16]), classes: good.classes)
    #expect(throws: GalleyError.self) { try run(options()).train(on: good, validatingOn: wide) }
    #expect(throws: GalleyError.self) { try TrainingItems(inputs: good.inputs, classes: [1]) }
    #expect(throws: GalleyError.self) {
      try TrainingItems(inputs: Tensor(zeros: .uint8, shape: [1, 1, 8, 8]), classes: [1])
    }
  }

  @Test func aClassOutsideTheNetworksOutputsIsRefused() throws {
    let good = try Digits.items(0..<50)
    let foreign = try TrainingItems(inputs: good.inputs, classes: [10] + good.classes.dropFirst())
    #expect(throws: (any Error).self) { try run(options()).train(on: foreign, validatingOn: good) }
  }

  @Test func batchSizesOfAnEvaluationDontMatter() throws {
    let run = try run(options())
    let inputs = try Digits.items(0..<30).inputs
    let whole = try ClassifierEvaluation(run.module, in: Digits.library).logits(inputs).values(as: Float.self)
    let parts = try ClassifierEvaluation(run.module, in: Digits.library, batchSize: 7).logits(inputs)
      .values(as: Float.self)
    #expect(zip(whole, parts).allSatisfy { abs($0 - $1) < 1e-5 })
  }
}
