// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Platform

/// What is done with models in jobs: whoever starts a server gives it, and the server knows nothing of how.
public protocol ModelWork: Sendable {
  /// Refuses what can't be done, before a job is made of it: options that aren't known, or values that they can't have.
  /// It is called on a thread that may read the store.
  /// - Throws: `GalleyError` that names what is wrong, like `options.batchSize`.
  func check(_ request: ModelWorkRequest, in store: PlatformStore) throws(GalleyError)

  /// Does the work of one job.
  ///
  /// The task is cancelled if somebody cancels the job or the server ends; the work then throws `CancellationError` soon,
  /// and leaves the model in a state that the store knows.
  /// - Parameters:
  ///   - request: What shall be done.
  ///   - store: The platform.
  ///   - report: Takes what happens; may be called from any thread.
  /// - Returns: figures and whatever else is worth to be said of the whole.
  /// - Throws: `GalleyError` if the work as a whole can't be done. An item that fails is reported, not thrown.
  func perform(
    _ request: ModelWorkRequest, in store: PlatformStore, report: @escaping @Sendable (ModelWorkEvent) -> Void
  ) async throws -> JSONObject
}

/// A job that somebody asked for.
public struct ModelWorkRequest: Sendable, Hashable {
  /// What shall be done.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Train the model with its subsets.
    case train
    /// Predict for items, and keep the predictions.
    case predict
    /// Predict for the test set, and hold that against ground truth.
    case evaluate
    /// Compute vectors of items.
    case embed
  }

  /// What shall be done.
  public var kind: Kind
  /// The model's id.
  public var modelID: String
  /// The id of the data set; `nil` for that of the model.
  public var datasetID: String?
  /// Which items; `nil` for those of the model's subset, or all.
  public var filters: Filters?
  /// What the work is given beyond that: the batch size, the number of epochs.
  public var options: JSONObject

  /// Describes a job.
  public init(
    kind: Kind, modelID: String, datasetID: String? = nil, filters: Filters? = nil, options: JSONObject = .empty
  ) {
    self.kind = kind
    self.modelID = modelID
    self.datasetID = datasetID
    self.filters = filters
    self.options = options
  }
}

/// What happens in a job.
public enum ModelWorkEvent: Sendable, Hashable {
  /// How far it is.
  case progress(ModelWorkProgress)
  /// What became of an item. The last word on an item counts.
  case item(id: String, ModelWorkOutcome)
}

/// How far a job is.
public struct ModelWorkProgress: Sendable, Hashable, Codable {
  /// What is being done: `loading`, `training`, `predicting`.
  public var stage: String
  /// How much of the stage is done: epochs, items.
  public var completed: Int
  /// How much there is; `nil` if nobody knows.
  public var total: Int?
  /// Figures of the moment, like `loss`; what isn't finite is left out.
  public var figures: [String: Double]

  /// Says how far a job is.
  public init(stage: String, completed: Int, total: Int? = nil, figures: [String: Double] = [:]) {
    self.stage = stage
    self.completed = completed
    self.total = total
    self.figures = figures.filter(\.value.isFinite)
  }
}

/// What became of an item.
public enum ModelWorkOutcome: Sendable, Hashable {
  /// It is done, with how many annotations, or numbers of its vector.
  case done(count: Int)
  /// It failed.
  case failed(stage: String, reason: String)
  /// It was left out.
  case skipped(reason: String)
}
