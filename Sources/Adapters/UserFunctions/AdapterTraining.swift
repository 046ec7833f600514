// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
public import Platform

/// What an adapter learns from, and where it may write.
public struct AdapterTraining: Sendable {
  /// The folder with `train` and `validation`, each with `items` and `json`.
  public let data: String
  /// A folder for whatever training writes. `save` writes there too; all of it becomes the model's artifacts.
  public let output: String
  /// The model.
  public let model: AdapterModel
  /// Told of each epoch that was finished.
  public let report: @Sendable (AdapterEpoch) -> Void

  /// Describes a training.
  public init(
    data: String, output: String, model: AdapterModel, report: @escaping @Sendable (AdapterEpoch) -> Void = { _ in }
  ) {
    self.data = data
    self.output = output
    self.model = model
    self.report = report
  }
}

/// An epoch that was finished.
public struct AdapterEpoch: Sendable, Hashable {
  /// How many are finished.
  public var finished: Int
  /// How many there will be; `nil` if that isn't known.
  public var total: Int?
  /// Numbers by name, such as `loss` and `validation_loss`.
  public var metrics: [String: Double]

  /// Describes an epoch.
  public init(finished: Int, total: Int? = nil, metrics: [String: Double] = [:]) {
    self.finished = finished
    self.total = total
    self.metrics = metrics
  }
}

/// What a training gave beside the model.
public struct AdapterTrainingOutcome: Sendable, Hashable {
  /// Figures by name, kept with the model.
  public var figures: [String: Double]
  /// Points of plots, kept with the model.
  public var samples: [PlotSample]

  /// Describes an outcome.
  public init(figures: [String: Double] = [:], samples: [PlotSample] = []) {
    self.figures = figures
    self.samples = samples
  }
}

/// An item with what people and the model say of it.
public struct EvaluatedPredictions: Sendable, Hashable {
  /// The item.
  public var item: AdapterItem
  /// What people and imports say.
  public var groundTruth: [PlatformAnnotation]
  /// What the model says.
  public var predictions: [PlatformAnnotation]

  /// Describes an item.
  public init(item: AdapterItem, groundTruth: [PlatformAnnotation], predictions: [PlatformAnnotation]) {
    self.item = item
    self.groundTruth = groundTruth
    self.predictions = predictions
  }
}
