// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// What belongs together: data sets, and the models that learn from them.
public struct PlatformProject: Sendable, Hashable, Codable {
  /// The id: 24 hexadecimal digits.
  public let id: String
  /// The name, unique in the store.
  public var name: String
  /// What else is known.
  public var metadata: JSONObject
  /// When it was created, in seconds since 1970.
  public let created: Double
  /// When it was last changed, in seconds since 1970.
  public let updated: Double
}

/// A named set of items.
public struct PlatformDataset: Sendable, Hashable, Codable {
  /// The id: 24 hexadecimal digits.
  public let id: String
  /// The id of the project.
  public let projectID: String
  /// The name, unique in its project.
  public var name: String
  /// The classes that annotations of the data set may have, in their order; opaque Unicode text.
  public var labels: [DatasetClass]
  /// What else is known.
  public var metadata: JSONObject
  /// When it was created, in seconds since 1970.
  public let created: Double
  /// When it was last changed, in seconds since 1970.
  public let updated: Double
}

/// How much a data set holds.
public struct DatasetCounts: Sendable, Hashable, Codable {
  /// Its items, hidden ones included.
  public var items: Int
  /// Its annotations: ground truth.
  public var annotations: Int
  /// Its predictions.
  public var predictions: Int
}
