// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Tensors

/// What follows a step or a validation.
public enum TrainingDecision: Sendable, Hashable {
  /// Training goes on.
  case proceed
  /// Training ends after this step, with what was reached: the network is validated, the best weights are kept.
  case stop
}

/// What a program wants to be told while training goes on, and may decide.
///
/// All are called on the thread that trains, in order. What one throws ends the run; its state stays on disk.
public struct TrainingCallbacks {
  /// After every step.
  public var onStep: (StepReport) throws -> TrainingDecision
  /// At the end of every epoch, and after every validation.
  public var onEpoch: (EpochReport) throws -> TrainingDecision
  /// With everything else: checkpoints that were written, items that can't be loaded, warnings.
  public var onEvent: (EngineEvent) throws -> Void
  /// Asked between steps; true ends the run as cancelled, with its state on disk.
  public var isCancelled: () -> Bool

  /// Creates callbacks; those that aren't given do nothing.
  public init(
    onStep: @escaping (StepReport) throws -> TrainingDecision = { _ in .proceed },
    onEpoch: @escaping (EpochReport) throws -> TrainingDecision = { _ in .proceed },
    onEvent: @escaping (EngineEvent) throws -> Void = { _ in }, isCancelled: @escaping () -> Bool = { false }
  ) {
    self.onStep = onStep
    self.onEpoch = onEpoch
    self.onEvent = onEvent
    self.isCancelled = isCancelled
  }
}

/// Why a run ended.
public enum TrainingEnd: String, Sendable, Hashable, Codable {
  /// All epochs were made.
  case epochs
  /// The largest number of steps was made.
  case steps
  /// The time was over.
  case time
  /// Nothing got better any more.
  case patience
  /// A callback said so.
  case callback
}

/// What a training run gave. The module holds the best weights.
public struct TrainingOutcome: Sendable {
  /// The report of the best weights: by the chosen figure, among equals by the smallest validation loss.
  public let best: EpochReport
  /// All reports in order.
  public let epochs: [EpochReport]
  /// The best weights under their state-dict names.
  public let weights: Safetensors
  /// The last weights.
  public let lastWeights: Safetensors
  /// Steps that were made.
  public let steps: Int
  /// Why the run ended.
  public let end: TrainingEnd
  /// The options that the run used, complete.
  public let options: TrainOptions
  /// What was chosen for the options that were left to the plan.
  public let planned: [PlannedValue]
  /// Ids of the training and validation items that couldn't be loaded.
  public let failedItems: [String]
  /// What was found of the smallest batch; `nil` if nobody asked for it.
  public internal(set) var smallestBatch: SmallestBatch?
}
