// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley

/// An artifact, or a folder, as a list shows it.
public struct Artifact: Sendable, Hashable, Codable {
  /// SHA-256 of its bytes, or of its content if it is a folder.
  public var digest: Digest
  /// Size in bytes.
  public var byteCount: Int
  /// A name for people.
  public var name: String?
  /// What the bytes are for.
  public var role: ArtifactRequirement.Role?
  /// Where they came from, without credentials.
  public var origin: String?
  /// SPDX identifier of the licence, or its name.
  public var licence: String?
  /// When it was added, in seconds since 1970-01-01 00:00 UTC.
  public var added: Double
  /// When it was last added or read through the pantry, in seconds since 1970-01-01 00:00 UTC.
  public var lastUsed: Double
  /// Whether it is never removed to make room.
  public var isPinned: Bool
  /// The stages and runs that it belongs to.
  public var users: [ArtifactUser]
  /// How many files it has, if it is a folder; `nil` if it is one file.
  public var fileCount: Int?
}

/// A stage or a run that an artifact belongs to.
public struct ArtifactUser: Sendable, Hashable, Codable {
  /// What kind of user it is.
  public enum Kind: String, Sendable, Hashable, Codable { case stage, run }

  /// What kind of user it is.
  public var kind: Kind
  /// The stage's key, or the run's id.
  public var id: String
  /// The stage's name (`train`), or the run's id.
  public var name: String
}

/// The order of a list of artifacts; equals come in the order of their digests.
public enum ArtifactOrder: String, Sendable, Hashable, CaseIterable {
  /// By name; those without come last.
  case name
  /// The largest first.
  case size
  /// The oldest first.
  case added
  /// The least recently used first, which is the order in which they are removed to make room.
  case lastUsed
  /// By digest.
  case digest
}
