// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What became of one item: every item that goes in comes out once, by its id.
public struct AdapterItemResult<Value: Sendable & Hashable>: Sendable, Hashable {
  /// The item's id.
  public var id: String
  /// The item's path in its data set; empty if there is no such item.
  public var path: String
  /// What became of it.
  public var outcome: Outcome

  /// The three things that can become of an item.
  public enum Outcome: Sendable, Hashable {
    /// It has its answer.
    case ok(Value)
    /// Something went wrong with this item.
    case failed(AdapterFailure)
    /// It wasn't tried, and why.
    case skipped(reason: String)
  }

  /// Describes a result.
  public init(id: String, path: String, _ outcome: Outcome) {
    self.id = id
    self.path = path
    self.outcome = outcome
  }

  /// The answer, if there is one.
  public var value: Value? { if case .ok(let value) = outcome { value } else { nil } }
}

/// Where an item failed, and why.
public struct AdapterFailure: Error, Sendable, Hashable, Codable, CustomStringConvertible {
  /// Where an item can fail.
  public enum Stage: String, Sendable, Hashable, Codable, CaseIterable {
    /// It isn't there, or its file isn't.
    case load
    /// It couldn't be made into what the model gets: a damaged image.
    case prepare
    /// The adapter failed with it, or gave something that is no answer.
    case predict
    /// The adapter gave no vector for it, or one of a wrong length.
    case embed
    /// The answer can't be kept: a confidence of 2.
    case store
  }

  /// Where it failed.
  public var stage: Stage
  /// Why, as a clause.
  public var reason: String

  /// Describes a failure.
  public init(_ stage: Stage, _ reason: String) {
    self.stage = stage
    self.reason = reason
  }

  public var description: String { "\(stage.rawValue): \(reason)" }
}

/// How many items ended how.
public struct ResultCounts: Sendable, Hashable, Codable {
  /// Items with an answer.
  public var ok = 0
  /// Items that failed.
  public var failed = 0
  /// Items that weren't tried.
  public var skipped = 0

  /// None.
  public init() {}

  init<Value>(_ results: [AdapterItemResult<Value>]) {
    for result in results {
      switch result.outcome {
      case .ok: ok += 1
      case .failed: failed += 1
      case .skipped: skipped += 1
      }
    }
  }
}
