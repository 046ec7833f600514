// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Statistics
internal import Tensors
internal import Torch

/// The steps of a training run: batches in random order, forward, backward, one change of the weights.
package struct TrainingLoop {
  private let run: TrainingRun
  private let items: TrainingItems
  private let optimizer: any Optimizer
  private let shift: ImageShift?
  private let batches: [Range<Int>]
  private var generator: SeededGenerator
  private var stepCount = 0

  init(_ run: TrainingRun, _ items: TrainingItems) throws {
    let options = run.trainer.options
    self.run = run
    self.items = items
    optimizer = try run.trainer.makeOptimizer(run.state.parameters)
    shift = ImageShift(pixels: options.shift, itemShape: items.itemShape)
    generator = SeededGenerator(seed: run.seed)
    batches = Self.batches(items.count, options.batchSize)
  }

  /// The learning rate of the last step.
  var learningRate: Double { optimizer.learningRate }

  /// Makes one pass over the items and gives the mean loss.
  mutating func runEpoch(
    _ epoch: Int, isCancelled: () -> Bool, events: (TrainingEvent) throws -> Void
  ) throws -> Double {
    let order = generator.shuffled(Array(0..<items.count))
    let epochs = run.trainer.options.epochs
    let total = batches.count * epochs
    var lossSum = 0.0
    for range in batches {
      guard !isCancelled() else {
        throw GalleyError(
          .interrupted, "training was stopped", at: "epoch \(epoch) of \(epochs)", why: "it was asked to")
      }
      optimizer.learningRate = run.trainer.learningRate(step: stepCount, of: total)
      let loss = try step(Array(order[range]))
      guard loss.isFinite else { throw Self.diverged(epoch: epoch, run.trainer) }
      stepCount += 1
      lossSum += loss * Double(range.count)
      try events(.step(TrainingStep(epoch: epoch, done: stepCount, total: total, loss: loss)))
    }
    return lossSum / Double(items.count)
  }

  private mutating func step(_ positions: [Int]) throws -> Double {
    let targets = try TorchTensor(
      positions.map { Int64(items.classes[$0]) }, shape: [positions.count], in: run.library)
    try optimizer.clearGradients()
    let logits = try run.module(batch(positions), .training)
    let loss = try logits.crossEntropy(targets: targets, labelSmoothing: run.trainer.options.labelSmoothing)
    let value = try loss.item()
    // Weights that a loss without a value would spoil stay as they are.
    guard value.isFinite else { return value }
    try loss.backward()
    try optimizer.step()
    return value
  }

  private mutating func batch(_ positions: [Int]) throws -> TorchTensor {
    let inputs = try items.inputs.gathering(rows: positions)
    guard let shift else { return try TorchTensor(inputs, in: run.library) }
    let values = shift.apply(try inputs.values(as: Float.self), count: positions.count, &generator)
    return try TorchTensor(values, shape: inputs.shape, in: run.library)
  }

  /// Ranges of `size` items; a last one of a single item, which has no variance to normalise by, joins the one before.
  package static func batches(_ count: Int, _ size: Int) -> [Range<Int>] {
    var ranges = stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
    if ranges.count > 1, let last = ranges.last, last.count == 1 {
      ranges.removeLast()
      ranges[ranges.count - 1] = ranges[ranges.count - 1].lowerBound..<count
    }
    return ranges
  }

  static func diverged(epoch: Int, _ trainer: SupervisedTrainer) -> GalleyError {
    GalleyError(
      .configuration, "training diverged", at: "epoch \(epoch) of \(trainer.options.epochs)",
      why: "the loss is no longer a number (learning rate \(trainer.options.learningRate))",
      remedy: "Use a smaller learning rate, and check that the inputs are scaled and finite.")
  }
}
