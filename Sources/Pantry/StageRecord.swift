// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// What a finished stage gave: the digests of its outputs, under the key of everything that it depended on.
public struct StageRecord: Sendable, Hashable, Codable {
  /// SHA-256 over the stage's name, version, options, inputs and tools.
  public var key: Digest
  /// Name of the stage: `train`.
  public var stage: String
  /// Artifacts by name.
  public var outputs: [String: Digest]
  /// How long the stage took, in seconds.
  public var seconds: Double
  /// When it ended, in seconds since 1970-01-01 00:00 UTC.
  public var finished: Double
  /// What the key was made of, by name; a plan says with it why a stage must run again. `nil` in records from before
  /// Galley kept it.
  public var parts: [String: String]?
  /// The stage as a person knows it: `train (float32)`.
  public var label: String?
  /// The most memory that the stage's processes held, in bytes.
  public var peakMemoryBytes: Int?

  /// Creates a record.
  public init(
    key: Digest, stage: String, outputs: [String: Digest], seconds: Double, finished: Double,
    parts: [String: String]? = nil, label: String? = nil, peakMemoryBytes: Int? = nil
  ) {
    self.key = key
    self.stage = stage
    self.outputs = outputs
    self.seconds = seconds
    self.finished = finished
    self.parts = parts
    self.label = label
    self.peakMemoryBytes = peakMemoryBytes
  }
}
