// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What an engine tells while it works: one stream, the same for all backends.
public enum EngineEvent: Sendable, Hashable, Codable {
  /// Work begins: units in all, if that is known, and what is counted, in the plural ("steps", "items").
  case started(EngineVerb, total: Int?, unit: String)
  /// A step of training was made.
  case step(StepReport)
  /// An epoch is over.
  case epoch(EpochReport)
  /// A figure became known, at this step of training if there is one.
  case metric(name: String, value: Double, step: Int?)
  /// A checkpoint was written.
  case checkpoint(CheckpointReport)
  /// What became of an item.
  case item(ItemResult)
  /// Something that the user should know and that didn't stop the work.
  case warning(String)
  /// Work is over.
  case finished(RunStatus)
}

/// How a run ended.
public enum RunStatus: String, Sendable, Hashable, Codable {
  /// Everything was done.
  case succeeded
  /// Nothing usable was made.
  case failed
  /// Someone stopped it; what was finished before is whole.
  case cancelled
  /// Some items failed and the rest is complete.
  case partial
}

/// A step of training.
public struct StepReport: Sendable, Hashable, Codable {
  /// The epoch, from 1.
  public var epoch: Int
  /// Steps that are done over all epochs.
  public var step: Int
  /// Steps of the whole run.
  public var total: Int
  /// The loss of the step's batch; infinite or NaN if training diverged.
  public var loss: Double
  /// The learning rate of the step.
  public var learningRate: Double

  /// Creates a report.
  public init(epoch: Int, step: Int, total: Int, loss: Double, learningRate: Double) {
    self.epoch = epoch
    self.step = step
    self.total = total
    self.loss = loss
    self.learningRate = learningRate
  }
}

/// An epoch of training, or the part of one after which the model was validated.
public struct EpochReport: Sendable, Hashable, Codable {
  /// The epoch, from 1.
  public var epoch: Int
  /// Steps that are done over all epochs.
  public var step: Int
  /// The mean training loss since the last report.
  public var trainingLoss: Double
  /// The mean loss on the validation items; `nil` if the model wasn't validated.
  public var validationLoss: Double?
  /// The validation figures by name; empty if the model wasn't validated.
  public var metrics: [String: Double]
  /// The learning rate of the last step.
  public var learningRate: Double
  /// How long it took, validation included, in seconds.
  public var seconds: Double
  /// Whether these weights are the best so far.
  public var isBest: Bool

  /// Creates a report.
  public init(
    epoch: Int, step: Int, trainingLoss: Double, validationLoss: Double?, metrics: [String: Double],
    learningRate: Double, seconds: Double, isBest: Bool
  ) {
    self.epoch = epoch
    self.step = step
    self.trainingLoss = trainingLoss
    self.validationLoss = validationLoss
    self.metrics = metrics
    self.learningRate = learningRate
    self.seconds = seconds
    self.isBest = isBest
  }
}

/// A checkpoint that was written.
public struct CheckpointReport: Sendable, Hashable, Codable {
  /// Why it was written.
  public enum Kind: String, Sendable, Hashable, Codable {
    /// It has the best figure so far.
    case best
    /// It is the last one.
    case last
    /// It is one of those at regular intervals.
    case periodic
  }

  /// Why it was written.
  public var kind: Kind
  /// Its file.
  public var path: String
  /// The epoch, from 1.
  public var epoch: Int
  /// Steps that were done.
  public var step: Int

  /// Creates a report.
  public init(kind: Kind, path: String, epoch: Int, step: Int) {
    self.kind = kind
    self.path = path
    self.epoch = epoch
    self.step = step
  }
}

/// Where a backend sends its events; may be called from any thread, in order for each.
public struct EventSink: Sendable {
  private let receive: @Sendable (EngineEvent) -> Void

  /// Sends events to `receive`.
  public init(_ receive: @escaping @Sendable (EngineEvent) -> Void) { self.receive = receive }

  /// Sends an event.
  public func send(_ event: EngineEvent) { receive(event) }
}
