// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Which items the device works on.
public struct OpenDataParameters: Sendable, Hashable, Codable {
  /// A file of `PreparedData` on the device.
  public var path: String
  /// The subset whose items are used.
  public var subset: Subset
  /// How items become inputs, for a model that says so itself; `nil` for the way that stands in the file.
  public var preprocessing: Preprocessing?

  /// Creates the parameters.
  public init(path: String, subset: Subset, preprocessing: Preprocessing? = nil) {
    self.path = path
    self.subset = subset
    self.preprocessing = preprocessing
  }
}

/// Which items the device works on, decoded there.
public struct OpenImagesParameters: Sendable, Hashable, Codable {
  /// A file of `ImageFiles` on the device.
  public var path: String
  /// How decoded images become inputs, for a model that says so itself; size and colours that it doesn't say, and all
  /// without it, are those of the file.
  public var preprocessing: Preprocessing?
  /// Most bytes of memory that decoding one item may take; `nil` for half of the device's. An agent makes it at most half
  /// of what a measuring process may have.
  public var decodingBytes: Int?

  /// Creates the parameters.
  public init(path: String, preprocessing: Preprocessing? = nil, decodingBytes: Int? = nil) {
    self.path = path
    self.preprocessing = preprocessing
    self.decodingBytes = decodingBytes
  }
}

/// What was found.
public struct OpenDataResult: Sendable, Hashable, Codable {
  /// Number of items.
  public var itemCount: Int
  /// Names of the classes.
  public var labels: [String]

  /// Creates the result.
  public init(itemCount: Int, labels: [String]) {
    self.itemCount = itemCount
    self.labels = labels
  }
}

/// Which model is loaded, and how.
public struct LoadParameters: Sendable, Hashable, Codable {
  /// The file on the device; its digest is checked.
  public var model: ModelFile
  /// What executes it.
  public var runtime: IngredientChoice
  /// Items in one inference.
  public var batch: Int

  /// Creates the parameters.
  public init(model: ModelFile, runtime: IngredientChoice, batch: Int) {
    self.model = model
    self.runtime = runtime
    self.batch = batch
  }
}

/// What loading gave.
public struct LoadResult: Sendable, Hashable, Codable {
  /// The model's inputs.
  public var inputs: [ValueSpec]
  /// The model's outputs.
  public var outputs: [ValueSpec]
  /// What the runtime really uses.
  public var configuration: [String: String]
  /// Time for reading and compiling the model and for binding its buffers, in seconds; opening the runtime's library is
  /// not in it.
  public var seconds: Double
  /// Resident memory before, in bytes.
  public var baselineResidentBytes: Int

  /// Creates the result.
  public init(
    inputs: [ValueSpec], outputs: [ValueSpec], configuration: [String: String], seconds: Double,
    baselineResidentBytes: Int
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.configuration = configuration
    self.seconds = seconds
    self.baselineResidentBytes = baselineResidentBytes
  }
}
