// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Torch

/// How far a run has come, besides its tensors: all that decides how it goes on.
struct TrainingPosition: Sendable, Hashable, Codable {
  /// Steps that are done.
  var step = 0
  /// The losses of the items since the last report, added up, and their number.
  var lossSum = 0.0
  var lossItems = 0
  /// The learning rate of the last step.
  var learningRate = 0.0
  /// How long the run has taken so far, and had taken at the last report, in seconds.
  var seconds = 0.0
  var reportedSeconds = 0.0
  /// All reports in order.
  var reports: [EpochReport] = []
  /// The report of the best weights.
  var best: EpochReport?
  /// The figure that others must beat by the smallest improvement, and validations without one that did.
  var figureToBeat: Double?
  var validationsWithoutGain = 0
  /// Ids of items that couldn't be loaded.
  var failedItems: [String] = []
  /// Where the batches of items in memory come from.
  var batches: MemoryBatches.State?
  /// How float16 losses are scaled.
  var scaler: LossScaler?
  /// Why the run ended, if it did.
  var end: TrainingEnd?
}
