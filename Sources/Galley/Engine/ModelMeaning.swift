// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a model that exists already says of itself: what it is for, its classes, its input.
public struct ModelMeaning: Sendable, Hashable, Codable {
  /// What it is for.
  public var task: EngineTask
  /// The classes' names, in the order of its scores.
  public var labels: [String]
  /// How an item becomes its input.
  public var preprocessing: Preprocessing
  /// The architecture with all options, if it is one of a catalogue.
  public var architecture: IngredientChoice?

  /// Describes a model.
  public init(
    task: EngineTask, labels: [String], preprocessing: Preprocessing, architecture: IngredientChoice? = nil
  ) {
    self.task = task
    self.labels = labels
    self.preprocessing = preprocessing
    self.architecture = architecture
  }
}
