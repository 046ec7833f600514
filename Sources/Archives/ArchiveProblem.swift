// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Why an archive, or a part of one, can't be read.
public struct ArchiveProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// The archive's member that is meant; `nil` if the whole archive is.
  public var member: String?
  /// What is wrong, as a clause.
  public var why: String

  /// Creates a problem.
  public init(_ why: String, member: String? = nil) {
    self.member = member
    self.why = why
  }

  public var description: String { member.map { "\($0): \(why)" } ?? why }
}

/// What an archive may ask for before it is refused: archives come from strangers.
public struct ArchiveLimits: Sendable, Hashable {
  /// The most members.
  public var members = 10_000_000
  /// The most bytes of one member, uncompressed.
  public var memberBytes = 4 << 30
  /// The most bytes of a compressed tar archive, uncompressed.
  public var totalBytes = 1 << 40
  /// How many times as large as its compressed form a member of over a mebibyte may be; Deflate can't exceed 1032.
  public var ratio = 1040
  /// The most bytes of a member's name.
  public var nameBytes = 4096

  /// Creates limits.
  public init() {}
}

/// One file in an archive.
public struct ArchiveMember: Sendable, Hashable {
  /// Its path, with `/` between folders; never absolute, never with `..`.
  public var path: String
  /// Uncompressed bytes.
  public var byteCount: Int
  /// Where it lies in the archive; its meaning is the archive's.
  var offset: Int
  /// Bytes it takes in the archive.
  var packedCount: Int
  /// Zip's number of the compression: 0 stored, 8 Deflate.
  var method: UInt16 = 0
  /// CRC-32 of the uncompressed bytes; `nil` if none is stated.
  var checksum: UInt32?

  /// A path as archives may have it, made plain; `nil` if it leads outside or is empty.
  static func plainPath(_ path: String) -> String? {
    guard !path.hasPrefix("/"), !path.contains("\0"), !path.contains("\\") else { return nil }
    let steps = path.split(separator: "/").filter { $0 != "." }
    guard !steps.isEmpty, !steps.contains("..") else { return nil }
    return steps.joined(separator: "/")
  }
}
