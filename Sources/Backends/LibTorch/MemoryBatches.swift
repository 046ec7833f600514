// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Statistics
internal import Tensors

/// Batches of items in memory, in random order, images shifted at random; one generator draws both.
package struct MemoryBatches: TrainingBatchSource {
  /// The generator at the beginning of the epoch, from which its order follows, and now.
  struct State: Sendable, Hashable, Codable {
    var atEpoch: [UInt64]
    var now: [UInt64]
  }

  private let items: TrainingItems
  private let shift: ImageShift?
  private let ranges: [Range<Int>]
  private var generator: SeededGenerator
  private var epochStart: SeededGenerator
  private var order: [Int] = []
  private var nextRange = 0

  init(_ items: TrainingItems, batchSize: Int, shift pixels: Int, seed: UInt64, from state: State? = nil) {
    self.items = items
    shift = ImageShift(pixels: pixels, itemShape: items.itemShape)
    ranges = Self.ranges(items.count, batchSize)
    generator = SeededGenerator(seed: seed)
    epochStart = generator
    if let state, let now = SeededGenerator(state.now), let start = SeededGenerator(state.atEpoch) {
      (generator, epochStart) = (now, start)
    }
  }

  var inputShape: [Int] { items.itemShape }
  var stepsPerEpoch: Int { ranges.count }
  var state: State? { State(atEpoch: epochStart.words, now: generator.words) }

  mutating func begin(epoch: Int, from step: Int) {
    nextRange = step
    guard step > 0 else {
      epochStart = generator
      order = generator.shuffled(Array(0..<items.count))
      return
    }
    // The generator has moved on within the epoch; the order follows from where it was.
    var start = epochStart
    order = start.shuffled(Array(0..<items.count))
  }

  mutating func next() throws -> StepBatch? {
    guard nextRange < ranges.count else { return nil }
    let positions = Array(order[ranges[nextRange]])
    nextRange += 1
    var inputs = try items.inputs.gathering(rows: positions)
    if let shift {
      let values = shift.apply(try inputs.values(as: Float.self), count: positions.count, &generator)
      inputs = try Tensor(values, shape: inputs.shape)
    }
    return StepBatch(
      ids: positions.map { items.ids[$0] }, inputs: inputs, classSets: positions.map { items.classSets[$0] })
  }

  /// Ranges of `size` items; a last one of a single item, which has no variance to normalise by, joins the one before.
  package static func ranges(_ count: Int, _ size: Int) -> [Range<Int>] {
    var ranges = stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
    if ranges.count > 1, let last = ranges.last, last.count == 1 {
      ranges.removeLast()
      ranges[ranges.count - 1] = ranges[ranges.count - 1].lowerBound..<count
    }
    return ranges
  }
}

extension SeededGenerator {
  fileprivate init?(_ words: [UInt64]) {
    guard words.count == 4 else { return nil }
    self.init(state: (words[0], words[1], words[2], words[3]))
  }

  fileprivate var words: [UInt64] { [current.0, current.1, current.2, current.3] }
}
