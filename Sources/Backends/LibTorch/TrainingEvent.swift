// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

/// What a training run tells while it goes on.
public enum TrainingEvent: Sendable, Equatable {
  /// A step was made.
  case step(TrainingStep)
  /// An epoch is over and was validated.
  case epoch(EpochReport)
}

/// How far a run has come.
public struct TrainingStep: Codable, Sendable, Equatable {
  /// The epoch, from 1.
  public var epoch: Int
  /// Steps that are done over all epochs.
  public var done: Int
  /// Steps of the whole run.
  public var total: Int
  /// The loss of the step's batch.
  public var loss: Double
}

/// What an epoch gave.
public struct EpochReport: Codable, Sendable, Equatable {
  /// The epoch, from 1.
  public var epoch: Int
  /// Epochs of the whole run.
  public var epochs: Int
  /// The mean training loss, with augmentation and label smoothing.
  public var trainingLoss: Double
  /// The mean cross entropy on the validation items.
  public var validationLoss: Double
  /// The share of validation items that were classified rightly.
  public var validationAccuracy: Double
  /// The learning rate of the epoch's last step.
  public var learningRate: Double
  /// How long the epoch took, validation included, in seconds.
  public var seconds: Double
  /// Whether these weights are the best so far.
  public var isBest: Bool
}

/// What a training run gave. The module holds the best weights.
public struct TrainingOutcome: Sendable {
  /// The epoch with the largest validation accuracy; among equals, that with the smallest validation loss.
  public let best: EpochReport
  /// All epochs in order.
  public let epochs: [EpochReport]
  /// The best epoch's weights under their state-dict names.
  public let weights: Safetensors
}
