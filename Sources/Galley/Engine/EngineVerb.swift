// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What an engine can be asked to do with its model and its data.
public enum EngineVerb: String, Sendable, Hashable, Codable, CaseIterable {
  /// Fits the model's weights to the training items.
  case train
  /// Judges the model on the validation items, by which choices may be made.
  case validate
  /// Judges the model on the test items, for the figures that are reported.
  case test
  /// Gives one answer for each item.
  case predict
  /// Writes the model as a package that runtimes execute.
  case export
  /// Measures the model as the backend itself runs it.
  case bench
}

/// What a model is for.
public enum EngineTask: String, Sendable, Hashable, Codable, CaseIterable {
  /// One class for each item.
  case classification
  /// Any number of classes for each item.
  case multiLabelClassification = "multi-label-classification"
  /// Boxes with classes.
  case detection
  /// A class for each pixel, or a mask for each object.
  case segmentation
  /// What is unlike the normal items, and where.
  case anomaly
}
