// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Backends
import Foundation
import Galley
import Statistics
import Testing

@Suite struct SupervisedTrainerTests {
  @Test func theCardsDefaultsAreTheOptions() throws {
    let defaults = Dictionary(
      uniqueKeysWithValues: SupervisedTrainer.card.options.compactMap { option in
        option.defaultValue.map { (option.name, $0) }
      })
    let data = try JSONEncoder().encode(defaults)
    #expect(try JSONDecoder().decode(SupervisedTrainer.Options.self, from: data) == SupervisedTrainer.Options())
  }

  @Test func everyOptionIsBounded() throws {
    let changes: [(inout SupervisedTrainer.Options) -> Void] = [
      { $0.epochs = 0 }, { $0.batchSize = 1 }, { $0.learningRate = 0 }, { $0.learningRate = .nan },
      { $0.weightDecay = -1 }, { $0.momentum = 1 }, { $0.labelSmoothing = 1 }, { $0.shift = -1 },
    ]
    for change in changes {
      var options = SupervisedTrainer.Options()
      change(&options)
      #expect(throws: GalleyError.self) { try SupervisedTrainer(options) }
    }
  }

  @Test(arguments: [(10, 5), (11, 5), (12, 5), (1, 5), (6, 5), (2, 2), (3, 2)])
  func batchesCoverAllItemsOnceAndNoneIsSingle(count: Int, size: Int) {
    let batches = TrainingLoop.batches(count, size)
    #expect(batches.flatMap(Array.init) == Array(0..<count))
    #expect(batches.allSatisfy { $0.count >= min(2, count) && $0.count <= size + 1 })
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
