// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What became of one item: every item that goes in comes out once, by its id.
public struct ItemResult: Sendable, Hashable, Codable {
  /// The item.
  public var id: String
  /// Its answer, or why there is none.
  public var outcome: Outcome

  /// The three things that can become of an item.
  public enum Outcome: Sendable, Hashable, Codable {
    /// The model answered.
    case ok(Answer)
    /// Something went wrong with this item.
    case failed(stage: Stage, reason: String)
    /// The item wasn't tried.
    case skipped(reason: String)
  }

  /// Where an item failed.
  public enum Stage: String, Sendable, Hashable, Codable {
    /// Its file couldn't be read or decoded.
    case load
    /// It couldn't be made into the model's input.
    case preprocess
    /// The model refused it or gave something that is no answer.
    case infer
  }

  /// What a classifier says of an item.
  public struct Answer: Sendable, Hashable, Codable {
    /// The classes that it chose, most probable first: one, or for multi-label any number.
    public var classes: [ScoredClass]
    /// The probability of each class, in the order of the labels.
    public var probabilities: [Float]

    /// Creates an answer.
    public init(classes: [ScoredClass], probabilities: [Float]) {
      self.classes = classes
      self.probabilities = probabilities
    }
  }

  /// A class with its probability.
  public struct ScoredClass: Sendable, Hashable, Codable {
    /// The class's name.
    public var label: String
    /// Its index in the labels.
    public var index: Int
    /// Its probability, 0 to 1.
    public var probability: Float

    /// Creates a scored class.
    public init(label: String, index: Int, probability: Float) {
      self.label = label
      self.index = index
      self.probability = probability
    }
  }

  /// Creates a result.
  public init(id: String, _ outcome: Outcome) {
    self.id = id
    self.outcome = outcome
  }
}
