// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Backends
import Foundation
import Galley
import Statistics
import Testing

@Suite struct SupervisedTrainerTests {
  @Test func theCardsDefaultsAreTheOptions() throws {
    let choice = try IngredientChoice("supervised").completed(by: SupervisedTrainer.card)
    #expect(try choice.options(of: SupervisedTrainer.self) == SupervisedTrainer.Options())
    let written = try IngredientChoice(SupervisedTrainer.self, SupervisedTrainer.Options()).options
    #expect(ConfigurationValue.map(written).means(.map(choice.options)))
  }

  @Test func optionsOfBeforeAreKnown() throws {
    let old = [
      "epochs", "batchSize", "optimizer", "learningRate", "schedule", "weightDecay", "momentum", "labelSmoothing",
      "shift",
    ]
    #expect(old.allSatisfy { SupervisedTrainer.card.option($0) != nil })
  }

  @Test(arguments: ["resume", "seed", "device", "threads", "workers", "loggers", "initialWeights"])
  func recipesDontChooseWhatBelongsToTheMachineOrTheRun(name: String) {
    #expect(SupervisedTrainer.card.option(name) == nil)
    #expect(TrainOptions.declarations.contains { $0.name == name })
  }

  @Test func everyOptionIsBounded() throws {
    let changes: [(inout TrainOptions) -> Void] = [
      { $0.epochs = 0 }, { $0.batchSize = 0 }, { $0.learningRate = 0 }, { $0.weightDecay = -1 }, { $0.momentum = 1 },
      { $0.labelSmoothing = 1 }, { $0.shift = -1 }, { $0.mixup = -1 }, { $0.accumulate = 0 }, { $0.stepFactor = 2 },
    ]
    for change in changes {
      var options = TrainOptions()
      change(&options)
      #expect(throws: GalleyError.self) { try SupervisedTrainer(SupervisedTrainer.Options(options)) }
    }
  }

  @Test(arguments: [(10, 5), (11, 5), (12, 5), (1, 5), (6, 5), (2, 2), (3, 2)])
  func batchesCoverAllItemsOnceAndNoneIsSingle(count: Int, size: Int) {
    let batches = MemoryBatches.ranges(count, size)
    #expect(batches.flatMap(Array.init) == Array(0..<count))
    #expect(batches.allSatisfy { $0.count >= min(2, count) && $0.count <= size + 1 })
  }
}

@Suite struct TrainingCourseTests {
  private func course(_ batches: Int, _ change: (inout TrainOptions) -> Void = { _ in }) -> TrainingCourse {
    var options = TrainOptions()
    (options.epochs, options.learningRate, options.schedule) = (2, 1, .constant)
    change(&options)
    return TrainingCourse(options, batches: batches)
  }

  private func validations(_ course: TrainingCourse) -> [Int] { (1...course.total).filter(course.validates) }

  @Test(arguments: [
    (1.0, [10, 20]), (0.5, [5, 10, 15, 20]), (0.3, [3, 6, 9, 12, 15, 18, 20]), (0.25, [3, 5, 8, 10, 13, 15, 18, 20]),
    (0.001, Array(1...20)), (2.0, [20]), (1.5, [15, 20]), (100.0, [20]),
  ])
  func validationsComeEverySoManyEpochs(every: Double, steps: [Int]) {
    #expect(validations(course(10) { $0.validateEvery = every }) == steps)
  }

  @Test func validationsComeEverySoManySteps() {
    #expect(validations(course(10) { $0.validateEverySteps = 7 }) == [7, 14, 20])
  }

  @Test func limitsShortenARun() {
    #expect(course(10).total == 20)
    #expect(course(10) { $0.maxSteps = 13 }.total == 13)
    #expect(course(10) { $0.limitTrainBatches = 3 }.total == 6)
    #expect(course(10) { $0.fastDevRun = true }.total == 1)
    #expect(course(10) { $0.epochs = .max }.total == .max)
  }

  @Test func weightsChangeAfterGroupsThatEndWithTheEpoch() {
    let course = course(5) { $0.accumulate = 2 }
    #expect((0..<10).filter(course.changesWeights) == [1, 3, 4, 6, 8, 9])
    #expect((0..<10).filter(course.beginsGroup) == [0, 2, 4, 5, 7, 9])
    #expect((0..<10).map(course.groupSize) == [2, 2, 2, 2, 1, 2, 2, 2, 2, 1])
  }

  @Test func ratesFollowTheSchedule() {
    func rates(_ change: (inout TrainOptions) -> Void) -> [Double] {
      let course = course(2) {
        $0.epochs = 4
        change(&$0)
      }
      return (0..<8).map(course.learningRate)
    }
    #expect(rates { _ in } == [Double](repeating: 1, count: 8))
    #expect(
      rates { ($0.schedule, $0.stepEpochs, $0.stepFactor) = (.step, 2, 0.5) } == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5])
    let warm = rates { $0.warmUpEpochs = 1.5 }
    #expect(zip(warm, [0.25, 0.5, 0.75, 1, 1, 1, 1, 1]).allSatisfy { abs($0 - $1) < 1e-12 })
    let cosine = rates { $0.schedule = .cosine }
    #expect(cosine.first == 1 && abs(cosine[4] - 0.5) < 1e-12)
    let cycle = rates { $0.schedule = .oneCycle }
    #expect(cycle.max() == cycle[1] || cycle.max() == cycle[2])
  }
}

@Suite struct ImageShiftTests {
  @Test func pixelsMoveTogetherAndZerosMoveIn() throws {
    // A single bright pixel in the middle of each of two channels.
    var image = [Float](repeating: 0, count: 2 * 25)
    (image[12], image[25 + 12]) = (1, 2)
    let shift = try #require(ImageShift(pixels: 1, itemShape: [2, 5, 5]))
    var generator = SeededGenerator(seed: 4)
    var places: Set<Int> = []
    for _ in 0..<200 {
      let shifted = shift.apply(image, count: 1, &generator)
      let place = try #require(shifted.firstIndex(of: 1))
      #expect(shifted[25 + place] == 2)
      #expect(shifted.count { $0 != 0 } == 2)
      places.insert(place)
    }
    #expect(places == [6, 7, 8, 11, 12, 13, 16, 17, 18])
  }

  @Test func wideShiftsOfSmallImagesStayInside() throws {
    let shift = try #require(ImageShift(pixels: 9, itemShape: [1, 2, 3]))
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<200 {
      #expect(shift.apply([1, 2, 3, 4, 5, 6], count: 1, &generator).count == 6)
    }
  }

  @Test func otherItemsAreLeftAlone() {
    #expect(ImageShift(pixels: 0, itemShape: [1, 8, 8]) == nil)
    #expect(ImageShift(pixels: 1, itemShape: [64]) == nil)
  }
}
