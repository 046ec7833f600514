// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// Bytes that a choice needs before it can be used: weights, a data set, a toolchain.
///
/// A card never carries a digest that nobody computed: where only some digits are known, from a file's name, `digest`
/// stays empty, the first fetch checks these digits, and the recipe's lock records the whole.
public struct ArtifactRequirement: Sendable, Hashable, Codable {
  /// The file's name, without folders: `mobilenet_v3_small-047dcff4.pth`.
  public var name: String
  /// What the bytes are for.
  public var role: Role
  /// SHA-256 of the bytes, if somebody computed it.
  public var digest: Digest?
  /// First hexadecimal digits of the SHA-256, lower case, where no more is known.
  public var digestPrefix: String?
  /// Size in bytes, if known.
  public var byteCount: Int?
  /// Where the bytes can be had, in order of preference: `https:`, `http:` or `file:` URLs of the same file.
  public var origins: [String]
  /// SPDX identifier of the licence, or its name: `BSD-3-Clause`.
  public var licence: String?
  /// Who made the bytes and where that is described.
  public var provenance: String?

  /// What an artifact is for.
  public enum Role: String, Sendable, Hashable, Codable, CaseIterable {
    case weights, data, model, library, toolchain, volume, report
  }

  /// Creates a requirement.
  public init(
    name: String, role: Role, digest: Digest? = nil, digestPrefix: String? = nil, byteCount: Int? = nil,
    origins: [String] = [], licence: String? = nil, provenance: String? = nil
  ) {
    self.name = name
    self.role = role
    self.digest = digest
    self.digestPrefix = digestPrefix
    self.byteCount = byteCount
    self.origins = origins
    self.licence = licence
    self.provenance = provenance
  }

  /// Whether bytes with this digest are the ones that are needed.
  public func accepts(_ found: Digest) -> Bool {
    if let digest { return digest == found }
    return digestPrefix.map { !$0.isEmpty && found.hex.hasPrefix($0) } ?? false
  }
}
