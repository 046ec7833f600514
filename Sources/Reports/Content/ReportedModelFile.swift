// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// A model that was not trained here: the file that it was taken from.
public struct ReportedModelFile: Sendable, Hashable, Codable {
  /// The file's name, without folders.
  public var name: String
  /// SHA-256 of the file.
  public var digest: Digest
  /// Size of the file in bytes.
  public var byteCount: Int
  /// The program that wrote the file, as the file says; empty if it doesn't.
  public var producer: String
  /// Where its preprocessing comes from, as a clause: `the model's card`.
  public var preprocessingOrigin: String
  /// Where the names of its classes come from, as a clause.
  public var labelsOrigin: String

  /// Describes a file.
  public init(
    name: String, digest: Digest, byteCount: Int, producer: String = "", preprocessingOrigin: String,
    labelsOrigin: String
  ) {
    self.name = name
    self.digest = digest
    self.byteCount = byteCount
    self.producer = producer
    self.preprocessingOrigin = preprocessingOrigin
    self.labelsOrigin = labelsOrigin
  }
}

/// Weights that a training began with.
public struct ReportedWeights: Sendable, Hashable, Codable {
  /// The file's name, without folders.
  public var name: String
  /// SHA-256 of the file.
  public var digest: Digest
  /// Parameters of the last layer that began afresh, because the file's have another shape.
  public var fresh: [String]

  /// Describes weights.
  public init(name: String, digest: Digest, fresh: [String] = []) {
    self.name = name
    self.digest = digest
    self.fresh = fresh
  }
}
