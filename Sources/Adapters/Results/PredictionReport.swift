// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Platform

/// What came of predicting items.
public struct PredictionReport: Sendable {
  /// The run; taken up again by its name.
  public var run: String
  /// The model, as predictions name it.
  public var model: ModelOrigin
  /// The id of the data set.
  public var datasetID: String
  /// What became of each item, in the order in which they were given; of those with an answer, what was predicted.
  public var results: [AdapterItemResult<[PredictedAnnotation]>]
  /// What the swap did; `nil` if nothing was swapped in, since there is no answer at all.
  public var swap: WriteBack.Summary?
  /// Why the run ended early; `nil` if it went through.
  public var ended: GalleyError?

  /// How many items ended how.
  public var counts: ResultCounts { ResultCounts(results) }
}

/// What came of embedding items.
public struct EmbeddingReport: Sendable {
  /// The run.
  public var run: String
  /// The model's id.
  public var modelID: String
  /// What became of each item, in the order in which they were given, with their vectors.
  public var results: [AdapterItemResult<[Float]>]
  /// The safetensors file with the vectors; `nil` if there is none.
  public var file: String?
  /// The length of each vector; 0 if there is none.
  public var dimensions: Int
  /// Why the run ended early; `nil` if it went through.
  public var ended: GalleyError?

  /// How many items ended how.
  public var counts: ResultCounts { ResultCounts(results) }
}

/// What came of a training.
public struct TrainingReport: Sendable {
  /// The model as it is now.
  public var model: PlatformModel
  /// Items of each subset.
  public var items: [String: Int]
  /// The last report of an epoch.
  public var lastEpoch: AdapterEpoch?
  /// Figures that were kept with the model.
  public var figures: [String: Double]
}

/// What came of an evaluation.
public struct EvaluationReport: Sendable {
  /// The predictions that it rests on; `nil` if those that were there have been taken.
  public var predictions: PredictionReport?
  /// Predictions held against ground truth.
  public var evaluation: ModelEvaluation
  /// The adapter's own figures.
  public var ownFigures: [String: Double]
  /// Items that were left out because they have no prediction of this run.
  public var leftOut: Int

  /// All figures by name; the adapter's own beside Galley's.
  public var figures: [String: Double] { evaluation.metrics.merging(ownFigures) { $1 } }
}
