// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import GRDB
internal import Galley

/// An artifact as the index knows it.
struct IndexRow: Equatable {
  var digest: Digest
  var byteCount: Int
  var name: String?
  var role: String?
  var origin: String?
  var licence: String?
  var added: Double
  var lastUsed: Double
  var isPinned: Bool
  /// Stamp of the sidecar; 0 if there is none.
  var stamp: Int64

  /// The columns, in the order in which the initializer below reads them.
  static let columns = """
    digest, size_bytes, name, role, origin, licence, added_unix_s, last_used_unix_s, is_pinned, stamp, checksum
    """

  /// What the files say of an artifact.
  init(_ digest: Digest, file: FileStatus, sidecar: ArtifactSidecar?, stamp: Int64) {
    self.digest = digest
    byteCount = file.byteCount
    name = sidecar?.name
    role = sidecar?.role
    origin = sidecar?.origin
    licence = sidecar?.licence
    added = sidecar?.added ?? file.modifiedSeconds
    lastUsed = file.modifiedSeconds
    isPinned = sidecar?.isPinned ?? false
    self.stamp = stamp
  }

  /// Reads a row.
  /// - Throws: `IndexDamage` if it isn't what was written.
  init(_ row: Row) throws {
    guard let digest = try Digest(hex: row.decode(atIndex: 0)) else {
      throw IndexDamage(why: "a row of it had no digest")
    }
    self.digest = digest
    byteCount = try Int(row.decode(Int64.self, atIndex: 1))
    name = try row.decode(atIndex: 2)
    role = try row.decode(atIndex: 3)
    origin = try row.decode(atIndex: 4)
    licence = try row.decode(atIndex: 5)
    added = try row.decode(atIndex: 6)
    lastUsed = try row.decode(atIndex: 7)
    isPinned = try row.decode(Int64.self, atIndex: 8) != 0
    stamp = try row.decode(atIndex: 9)
    guard try row.decode(Int64.self, atIndex: 10) == checksum else { throw IndexDamage(why: "a row of it was changed") }
  }

  private var checksum: Int64 {
    var sum = RowSum()
    sum.add(digest.hex)
    sum.add(Int64(byteCount))
    sum.add(name)
    sum.add(role)
    sum.add(origin)
    sum.add(licence)
    sum.add(added)
    sum.add(lastUsed)
    sum.add(isPinned ? 1 as Int64 : 0)
    sum.add(stamp)
    return sum.value
  }

  /// Writes the row in place of an earlier one.
  func write(to database: Database) throws {
    let statement = try database.cachedStatement(
      sql: "INSERT OR REPLACE INTO artifact (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    try statement.execute(
      arguments: [
        digest.hex, byteCount, name, role, origin, licence, added, lastUsed, isPinned ? 1 : 0, stamp, checksum,
      ])
  }

  static func remove(_ digest: Digest, from database: Database) throws {
    try database.cachedStatement(sql: "DELETE FROM artifact WHERE digest = ?").execute(arguments: [digest.hex])
  }

  /// The artifact as a list shows it.
  func artifact(users: [ArtifactUser]) -> Artifact {
    Artifact(
      digest: digest, byteCount: byteCount, name: name, role: role.flatMap(ArtifactRequirement.Role.init(rawValue:)),
      origin: origin, licence: licence, added: added, lastUsed: lastUsed, isPinned: isPinned,
      users: users)
  }
}

/// Which stage or run an artifact belongs to, as the index knows it.
struct IndexUse {
  var digest: String
  var user: ArtifactUser

  /// Reads a row.
  /// - Throws: `IndexDamage` if it isn't what was written.
  init(_ row: Row) throws {
    digest = try row.decode(atIndex: 0)
    guard let kind = try ArtifactUser.Kind(rawValue: row.decode(atIndex: 1)) else {
      throw IndexDamage(why: "a row of it was changed")
    }
    user = try ArtifactUser(kind: kind, id: row.decode(atIndex: 2), name: row.decode(atIndex: 3))
    guard try row.decode(Int64.self, atIndex: 4) == checksum else { throw IndexDamage(why: "a row of it was changed") }
  }

  private init(_ digest: Digest, _ user: ArtifactUser) {
    self.digest = digest.hex
    self.user = user
  }

  /// Replaces what a stage or a run uses.
  static func replace(_ digests: some Sequence<Digest>, of user: ArtifactUser, in database: Database) throws {
    try remove(user.kind, user.id, from: database)
    let statement = try database.cachedStatement(
      sql: "INSERT OR REPLACE INTO artifact_user (digest, kind, user, name, checksum) VALUES (?, ?, ?, ?, ?)")
    for digest in digests {
      let use = IndexUse(digest, user)
      try statement.execute(arguments: [use.digest, user.kind.rawValue, user.id, user.name, use.checksum])
    }
  }

  static func remove(_ kind: ArtifactUser.Kind, _ id: String, from database: Database) throws {
    try database.cachedStatement(sql: "DELETE FROM artifact_user WHERE kind = ? AND user = ?")
      .execute(arguments: [kind.rawValue, id])
  }

  private var checksum: Int64 {
    var sum = RowSum()
    sum.add(digest)
    sum.add(user.kind.rawValue)
    sum.add(user.id)
    sum.add(user.name)
    return sum.value
  }
}
