// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Testing

@Suite struct ResolvedOptionsTests {
  private func facts(_ change: (inout TrainingFacts) -> Void = { _ in }) -> TrainingFacts {
    var facts = TrainingFacts(
      items: 1078, classes: 10, inputShape: [1, 8, 8], parameterCount: 30_000, cores: 2, memoryBytes: 8 << 30)
    change(&facts)
    return facts
  }

  @Test func smallImagesKeepTheTrainersOldDefaults() {
    let (options, values) = TrainOptions().resolved(for: facts())
    #expect(options.epochs == 40)
    #expect(options.batchSize == 32)
    #expect(options.learningRate == 0.01)
    #expect(options.threads == 1)
    #expect(options.workers == 0)
    #expect(options.device == .cpu)
    #expect(
      values.map(\.option) == ["device", "batchSize", "epochs", "learningRate", "threads", "workers", "inputSize"])
    #expect(values.allSatisfy { !$0.reason.isEmpty && !$0.reason.hasSuffix(".") })
  }

  @Test func whatIsSaidStays() {
    var given = TrainOptions()
    (given.epochs, given.batchSize, given.learningRate, given.threads) = (3, 7, 0.5, 5)
    (given.workers, given.device, given.inputSize) = (4, .cuda, 12)
    let (options, values) = given.resolved(for: facts())
    #expect(options == given)
    #expect(values.isEmpty)
  }

  @Test func nothingElseChanges() {
    var (options, _) = TrainOptions().resolved(for: facts())
    (options.epochs, options.batchSize, options.learningRate, options.threads) = (nil, nil, nil, nil)
    (options.workers, options.device, options.inputSize) = (nil, .auto, nil)
    #expect(options == TrainOptions())
  }

  @Test(arguments: [(8, 2), (40, 8), (100, 16), (128, 32), (1_000_000, 32)])
  func fewItemsHaveSmallBatches(items: Int, size: Int) {
    #expect(TrainOptions().resolved(for: facts { $0.items = items }).0.batchSize == size)
  }

  @Test func littleMemoryHasSmallBatches() throws {
    let facts = facts { ($0.items, $0.inputShape, $0.memoryBytes) = (10_000, [3, 224, 224], 2 << 30) }
    let (options, values) = TrainOptions().resolved(for: facts)
    #expect(options.batchSize == 8)
    #expect(try #require(values.first { $0.option == "batchSize" }).reason.contains("memory"))
  }

  @Test(arguments: [(40, 60), (400, 40), (10_000, 40), (20_000, 20), (1_000_000, 10)])
  func epochsFollowTheNumberOfItems(items: Int, epochs: Int) {
    #expect(TrainOptions().resolved(for: facts { $0.items = items }).0.epochs == epochs)
  }

  @Test func trainedWeightsNeedLessAndSmallerSteps() {
    for optimizer in TrainOptions.OptimizerName.allCases {
      var given = TrainOptions()
      given.optimizer = optimizer
      let fresh = given.resolved(for: facts { $0.parameterCount = 2_000_000 }).0
      let trained = given.resolved(for: facts { ($0.parameterCount, $0.isPretrained) = (2_000_000, true) }).0
      #expect((trained.epochs ?? 0) < (fresh.epochs ?? 0))
      #expect((trained.learningRate ?? 0) < (fresh.learningRate ?? 0))
    }
  }

  @Test func theRateOfSGDFollowsTheBatch() {
    var given = TrainOptions()
    given.optimizer = .sgd
    #expect(given.resolved(for: facts()).0.learningRate == 0.01)
    given.batchSize = 64
    #expect(given.resolved(for: facts()).0.learningRate == 0.02)
    given.accumulate = 4
    #expect(given.resolved(for: facts()).0.learningRate == 0.08)
  }

  @Test func minEpochsAreKept() {
    var given = TrainOptions()
    given.minEpochs = 70
    #expect(given.resolved(for: facts()).0.epochs == 70)
  }

  @Test func imagesInFilesAreDecodedBesideTheNetwork() {
    let facts = facts { ($0.decodesItems, $0.cores, $0.inputShape) = (true, 4, [3, 224, 224]) }
    let options = TrainOptions().resolved(for: facts).0
    #expect(options.workers == 4)
    #expect(options.threads == 4)
    #expect(options.inputSize == 224)
  }
}
