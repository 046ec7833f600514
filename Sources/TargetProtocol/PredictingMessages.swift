// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley

/// Which items are answered.
public struct PredictParameters: Sendable, Hashable, Codable {
  /// Most items, from the first on; `nil` for all.
  public var limit: Int?

  /// Creates the parameters.
  public init(limit: Int? = nil) { self.limit = limit }
}

/// The model's answers, and how long each part of a batch took.
public struct PredictResult: Sendable, Hashable, Codable {
  /// The answers: the class with the highest score, the first of equals.
  public var predictions: Predictions
  /// Preprocessing of each batch.
  public var preprocessing: DurationList
  /// The part of preprocessing in which image files were decoded and fitted; `nil` if frames were given.
  public var decoding: DurationList?
  /// Inference of each batch.
  public var inference: DurationList
  /// Postprocessing of each batch.
  public var postprocessing: DurationList
  /// Preprocessing, inference and postprocessing of each batch, measured as one.
  public var endToEnd: DurationList

  /// Creates the result.
  public init(
    predictions: Predictions, preprocessing: DurationList, decoding: DurationList? = nil, inference: DurationList,
    postprocessing: DurationList, endToEnd: DurationList
  ) {
    self.predictions = predictions
    self.preprocessing = preprocessing
    self.decoding = decoding
    self.inference = inference
    self.postprocessing = postprocessing
    self.endToEnd = endToEnd
  }
}

/// Where the model's raw outputs are written.
public struct WriteOutputsParameters: Sendable, Hashable, Codable {
  /// The file on the device; safetensors with one tensor for each output and the items' ids in its metadata.
  public var path: String
  /// The items, by id; `nil` for all of the subset.
  public var ids: [String]?

  /// Creates the parameters.
  public init(path: String, ids: [String]? = nil) {
    self.path = path
    self.ids = ids
  }
}

/// What was written.
public struct WriteOutputsResult: Sendable, Hashable, Codable {
  /// The items, in the order of the tensors' rows.
  public var ids: [String]
  /// SHA-256 of the file.
  public var digest: Digest

  /// Creates the result.
  public init(ids: [String], digest: Digest) {
    self.ids = ids
    self.digest = digest
  }
}

/// Items on which ranges are observed.
public struct ObserveRangesParameters: Sendable, Hashable, Codable {
  /// The items, by id.
  public var ids: [String]

  /// Creates the parameters.
  public init(ids: [String]) { self.ids = ids }
}

/// The ranges that were observed.
public struct ObserveRangesResult: Sendable, Hashable, Codable {
  /// The smallest and largest value of each float32 output, by name.
  public var ranges: [String: ObservedRange]

  /// Creates the result.
  public init(ranges: [String: ObservedRange]) { self.ranges = ranges }
}
