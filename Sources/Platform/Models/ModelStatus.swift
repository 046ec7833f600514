// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// What state a model is in; Dataloop's words.
public enum ModelStatus: String, Sendable, Hashable, Codable, CaseIterable {
  /// It exists, and nothing was learnt.
  case created
  /// It came with weights.
  case preTrained = "pre-trained"
  /// It waits for its training.
  case pending
  /// It is being trained.
  case training
  /// Its training ended well.
  case trained
  /// It is in use.
  case deployed
  /// What it was last meant to do went wrong.
  case failed
  /// It is being copied from another.
  case cloning

  /// The states that may follow.
  public var next: [ModelStatus] {
    switch self {
    case .created: [.preTrained, .pending, .training, .failed]
    case .preTrained: [.pending, .training, .deployed, .failed]
    case .pending: [.created, .preTrained, .training, .trained, .failed]
    case .training: [.trained, .failed]
    case .trained: [.pending, .training, .deployed, .failed]
    case .deployed: [.preTrained, .trained, .failed]
    case .failed: [.created, .preTrained, .pending, .training]
    case .cloning: [.created, .preTrained, .trained, .failed]
    }
  }

  /// Whether a process must be at work while a model is in this state.
  var needsProcess: Bool { self == .training || self == .cloning }

  /// Why a state can't follow this one.
  func refusal(of status: ModelStatus, model: String) -> GalleyError {
    GalleyError(
      .usage, "can't set the model's status to \(status.rawValue)", at: model, why: "it is \(rawValue)",
      remedy: "From there it may become \(next.map(\.rawValue).joined(separator: ", ")).")
  }
}
