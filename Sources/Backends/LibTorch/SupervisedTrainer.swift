// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Trains a classifier on labelled items: an engine's training as an ingredient of recipes.
public struct SupervisedTrainer: Ingredient {
  /// The training's options; what belongs to the machine or to one run has its default.
  @dynamicMemberLookup
  public struct Options: Codable, Sendable, Hashable {
    /// All options of a training.
    public var training: TrainOptions

    /// Wraps options.
    public init(_ training: TrainOptions = TrainOptions()) { self.training = training }

    /// Reads the options that the card has.
    /// - Throws: `GalleyError` that names the option which isn't known or isn't accepted.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.singleValueContainer().decode([String: ConfigurationValue].self)
      training = try TrainOptions(values, at: SupervisedTrainer.card.taxonomy)
    }

    /// Writes the options that the card has.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(training.values().filter { SupervisedTrainer.card.option($0.key) != nil })
    }

    public subscript<Value>(dynamicMember member: WritableKeyPath<TrainOptions, Value>) -> Value {
      get { training[keyPath: member] }
      set { training[keyPath: member] = newValue }
    }
  }

  /// Options that a recipe doesn't choose: they belong to the machine or to one run, or another slot says them.
  static let elsewhere: Set<String> = [
    "device", "fastDevRun", "initialWeights", "inputSize", "loggers", "memoryBudget", "resume", "seed",
    "smallestBatch", "threads", "workers",
  ]

  /// Name, place in the catalogue, options.
  public static let card = Card(
    taxonomy: "trainer.supervised", version: SemanticVersion(1, 1, 0),
    summary: "Trains a classifier on labelled items with LibTorch",
    options: TrainOptions.declarations.filter { !elsewhere.contains($0.name) },
    constraints: [
      Constraint(
        ".shift < data.height and .shift < data.width",
        reason: "A shift as large as the images would move all of one out of sight.")
    ], tools: ["libtorch"])

  /// What was chosen.
  public let options: Options

  /// Creates the trainer.
  /// - Throws: `GalleyError` that names the first option out of bounds.
  public init(_ options: Options) throws(GalleyError) {
    self.options = Options(try TrainOptions(options.training.values(), at: Self.card.taxonomy))
  }
}
