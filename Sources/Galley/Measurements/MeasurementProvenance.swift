// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// Where figures come from: what would have to be done again to get them again.
public struct MeasurementProvenance: Sendable, Hashable, Codable {
  /// When the file was made, in seconds since 1970-01-01 00:00 UTC.
  public var time: Double
  /// Version of the Galley that measured.
  public var galleyVersion: String
  /// The command line, program first.
  public var command: [String]
  /// Seed of everything that was drawn; `nil` if nothing was.
  public var seed: UInt64?
  /// SHA-256 of the recipe, if there was one.
  public var recipe: Digest?
  /// Files that were used beside the models: data, labels, cards.
  public var files: [UsedFile]
  /// Libraries that were used.
  public var libraries: [UsedLibrary]

  /// Creates a record.
  public init(
    time: Double, galleyVersion: String, command: [String], seed: UInt64? = nil, recipe: Digest? = nil,
    files: [UsedFile] = [], libraries: [UsedLibrary] = []
  ) {
    self.time = time
    self.galleyVersion = galleyVersion
    self.command = command
    self.seed = seed
    self.recipe = recipe
    self.files = files
    self.libraries = libraries
  }
}

/// A file that figures depend on.
public struct UsedFile: Sendable, Hashable, Codable {
  /// What it was used for: `data`, `labels`, `preprocessing`.
  public var role: String
  /// Its name or path, as it was given.
  public var name: String
  /// SHA-256 of its bytes.
  public var digest: Digest

  /// Creates a record.
  public init(role: String, name: String, digest: Digest) {
    self.role = role
    self.name = name
    self.digest = digest
  }
}

/// A library that figures depend on.
public struct UsedLibrary: Sendable, Hashable, Codable {
  /// Its name.
  public var name: String
  /// The version that it states.
  public var version: String
  /// SHA-256 of its file, if that was read.
  public var digest: Digest?

  /// Creates a record.
  public init(name: String, version: String, digest: Digest? = nil) {
    self.name = name
    self.version = version
    self.digest = digest
  }
}
