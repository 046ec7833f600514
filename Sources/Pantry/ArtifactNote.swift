// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import Galley

/// What the bytes of an artifact don't say.
public struct ArtifactNote: Sendable, Hashable {
  /// A name for people, usually the file's: `mobilenet_v3_small-047dcff4.pth`. Several artifacts may have the same.
  public var name: String?
  /// What the bytes are for.
  public var role: ArtifactRequirement.Role?
  /// Where they came from: a URL, which is kept without user, password and query, or words.
  public var origin: String?
  /// SPDX identifier of the licence, or its name.
  public var licence: String?

  /// Creates a note; what is `nil` is not known.
  public init(
    name: String? = nil, role: ArtifactRequirement.Role? = nil, origin: String? = nil, licence: String? = nil
  ) {
    self.name = name
    self.role = role
    self.origin = origin
    self.licence = licence
  }

  /// A place without what gives access to it: a URL loses its user, its password, its query and its fragment.
  public static func withoutCredentials(_ origin: String) -> String {
    guard let scheme = origin.firstRange(of: "://") else { return origin }
    let end = origin[scheme.upperBound...].firstIndex { $0 == "?" || $0 == "#" } ?? origin.endIndex
    let rest = origin[scheme.upperBound..<end]
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let host = rest[..<slash].split(separator: "@", omittingEmptySubsequences: false).last ?? ""
    return String(origin[..<scheme.upperBound] + host + rest[slash...])
  }
}

/// The file beside an artifact, `HEX.json`: its note, its pin, and when it came. The index is rebuilt from these.
struct ArtifactSidecar: Codable, Equatable {
  var name: String?
  /// A `Role`, or a word of a newer Galley.
  var role: String?
  var origin: String?
  var licence: String?
  var pinned: Bool?
  /// Seconds since 1970-01-01 00:00 UTC.
  var added: Double
  /// Repeats the artifact's digest, so that a note can't come to lie beside other bytes unseen.
  var digest: Digest

  init(_ digest: Digest, added: Double) {
    self.digest = digest
    self.added = added
  }

  /// Takes over what a note says and leaves the rest, or only what was not known before.
  mutating func take(_ note: ArtifactNote, overwriting: Bool) {
    func chosen(_ old: String?, _ new: String?) -> String? { overwriting ? new ?? old : old ?? new }
    name = chosen(name, note.name)
    role = chosen(role, note.role?.rawValue)
    origin = chosen(origin, note.origin.map(ArtifactNote.withoutCredentials))
    licence = chosen(licence, note.licence)
  }

  var isPinned: Bool { pinned ?? false }
}
