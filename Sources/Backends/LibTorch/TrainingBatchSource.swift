// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Galley
internal import Tensors

/// What a network is shown in one step.
struct StepBatch {
  /// The items' ids, in the order of the rows.
  var ids: [String]
  /// Float32: rows × one input's shape.
  var inputs: Tensor
  /// The classes of each row.
  var classSets: [[Int]]
  /// Float32, rows × classes: shares of classes, if items were mixed.
  var shares: Tensor?
  /// Items that could not be loaded.
  var failures: [ItemFailure] = []

  /// Number of rows.
  var count: Int { ids.count }
}

/// Gives the batches of training epochs in order; the same ones whenever it begins at the same place.
protocol TrainingBatchSource {
  /// The shape of one input.
  var inputShape: [Int] { get }
  /// Batches of an epoch.
  var stepsPerEpoch: Int { get }
  /// Begins an epoch, from 0, at one of its steps.
  mutating func begin(epoch: Int, from step: Int)
  /// The next batch; `nil` after the last.
  mutating func next() throws -> StepBatch?
  /// What else than epoch and step decides the batches to come; `nil` if nothing does.
  var state: MemoryBatches.State? { get }
}
