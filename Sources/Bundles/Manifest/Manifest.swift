// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// What a bundle says of itself: the payload of its envelope.
///
/// Its bytes are canonical JSON, so that equal manifests have equal bytes, and one digest.
public struct Manifest: Sendable, Hashable {
  /// The format that this version reads and writes.
  public static let currentFormat = "galley.bundle/1"

  /// The series to which the bundle belongs: a later bundle of the same name replaces it.
  public var name: String
  /// The number in the series, from 1 on; a smaller one than was seen is refused.
  public var sequence: Int
  /// When it was made.
  public var created: BundleTime
  /// Before this moment it is refused; `nil` if there is no such moment.
  public var validFrom: BundleTime?
  /// After this moment it is refused; `nil` if there is no such moment.
  public var validUntil: BundleTime?
  /// The version of Galley that made it.
  public var galley: String
  /// The platforms for which it carries programs and libraries: "linux-x86_64".
  public var platforms: [String]
  /// What it can do.
  public var claims: [Claim]
  /// Objects that belong into the pantry.
  public var artifacts: [BundleArtifact]
  /// All objects in the archive, in the order of their digests.
  public var objects: [BundleObject]
  /// Folders made of objects.
  public var trees: [BundleTree]
  /// Paths and patterns that the machine itself must supply.
  public var host: [String]
  /// The bundle whose objects are presupposed; `nil` if this one stands alone.
  public var base: Base?

  /// Another bundle, of which this one carries only the differences.
  public struct Base: Sendable, Hashable {
    /// The name of its series.
    public var name: String
    /// Its number in the series.
    public var sequence: Int
    /// The digest of its manifest's bytes.
    public var digest: Digest

    /// Names a bundle.
    public init(name: String, sequence: Int, digest: Digest) {
      self.name = name
      self.sequence = sequence
      self.digest = digest
    }
  }

  /// Creates a manifest; lists that have an order of their own are brought into it, and objects that are named twice
  /// become one.
  public init(
    name: String, sequence: Int, created: BundleTime, validFrom: BundleTime? = nil, validUntil: BundleTime? = nil,
    galley: String, platforms: [String], claims: [Claim] = [], artifacts: [BundleArtifact] = [],
    objects: [BundleObject] = [], trees: [BundleTree] = [], host: [String] = [], base: Base? = nil
  ) {
    self.name = name
    self.sequence = sequence
    self.created = created
    self.validFrom = validFrom
    self.validUntil = validUntil
    self.galley = galley
    self.platforms = platforms.sortedByBytes()
    self.claims = claims.sorted { $0.id.precedes($1.id) }
    self.artifacts = artifacts.sorted { $0.digest < $1.digest }
    self.objects = Set(objects).sorted { $0.digest < $1.digest }
    self.trees = trees.sorted { $0.name.precedes($1.name) }
    self.host = host.sortedByBytes()
    self.base = base
  }
}

/// Bytes that a bundle carries, named by what they are.
public struct BundleObject: Sendable, Hashable {
  /// SHA-256 of the bytes.
  public var digest: Digest
  /// How many bytes.
  public var size: Int

  /// Names an object.
  public init(digest: Digest, size: Int) {
    self.digest = digest
    self.size = size
  }
}

/// An object that belongs into the pantry, with what the pantry notes of it.
public struct BundleArtifact: Sendable, Hashable {
  /// The object.
  public var digest: Digest
  /// What people call it.
  public var name: String?
  /// What it is: a role of the pantry ("weights", "volume").
  public var role: String?
  /// Where it came from.
  public var origin: String?
  /// The licence, as SPDX writes it.
  public var licence: String?

  /// Describes an artifact.
  public init(
    digest: Digest, name: String? = nil, role: String? = nil, origin: String? = nil, licence: String? = nil
  ) {
    self.digest = digest
    self.name = name
    self.role = role
    self.origin = origin
    self.licence = licence
  }
}
