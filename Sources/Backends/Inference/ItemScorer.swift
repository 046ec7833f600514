// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Tensors

/// Gives scores for batches of prepared inputs: all that a backend must bring for its model to be judged and to answer.
///
/// It is used from one thread. Whatever it throws is taken for the fault of an item of the batch, which is then looked
/// for by asking again with fewer items; only `CancellationError` ends the work.
public protocol ItemScorer {
  /// The shape of one input, as the model takes it.
  var inputShape: [Int] { get }
  /// What the scores mean.
  var scoreKind: ModelCard.Scores { get }
  /// The scores of a batch.
  /// - Parameter inputs: Float32, `[items] + inputShape`; at least one item.
  /// - Returns: Float32, `[items, classes]`, a row for each item in the same order.
  func scores(of inputs: Tensor) throws -> Tensor
}

/// Why an item has no answer.
struct ItemFault: Error, Sendable, Hashable {
  var stage: ItemResult.Stage
  var reason: String

  init(_ stage: ItemResult.Stage, _ reason: String) {
    self.stage = stage
    self.reason = reason
  }

  /// An error as the reason of one item: what is known of the item itself is left out.
  init(_ stage: ItemResult.Stage, _ error: any Error) {
    self.init(stage, (error as? GalleyError)?.why ?? "\(error)")
  }
}
