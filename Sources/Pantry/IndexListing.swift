// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import GRDB
internal import Galley

/// Reads the whole list of artifacts from an index that has just been brought up to date.
struct IndexListing {
  let database: Database
  let root: String

  /// All artifacts in the order of their digests, each with its users.
  /// - Throws: `IndexDamage` if a row isn't what was written, or rows are lost.
  func read() throws -> [Artifact] {
    var list = try readOnce()
    if try areRowsMissing(list) {
      let verdict = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)")
      guard verdict == "ok" else { throw IndexDamage(why: "it was damaged: \(verdict ?? "rows were lost")") }
      // Another process may have removed artifacts meanwhile; or else the rows come back.
      var reconciliation = IndexReconciliation(root: root, database: database)
      try reconciliation.run(everything: true)
      list = try readOnce()
    }
    return list
  }

  private func readOnce() throws -> [Artifact] {
    var list: [Artifact] = []
    try database.inTransaction(.deferred) {
      let uses = try readUses()
      // A list that grows moves all its artifacts again and again.
      list.reserveCapacity(try Int.fetchOne(database, sql: "SELECT count(*) FROM artifact") ?? 0)
      var position = 0
      let rows = try Row.fetchCursor(database, sql: "SELECT \(IndexRow.columns) FROM artifact ORDER BY digest")
      while let row = try rows.next() {
        let row = try IndexRow(row)
        var users: [ArtifactUser] = []
        while position < uses.count, uses[position].digest <= row.digest.hex {
          if uses[position].digest == row.digest.hex { users.append(uses[position].user) }
          position += 1
        }
        list.append(row.artifact(users: users))
      }
      return .commit
    }
    return list
  }

  private func readUses() throws -> [IndexUse] {
    var uses: [IndexUse] = []
    let rows = try Row.fetchCursor(
      database, sql: "SELECT digest, kind, user, name, checksum FROM artifact_user ORDER BY digest, kind, user")
    while let row = try rows.next() { uses.append(try IndexUse(row)) }
    return uses
  }

  /// Whether a folder holds more artifacts than the index knows: a flipped byte can make a row vanish unseen.
  private func areRowsMissing(_ list: [Artifact]) throws -> Bool {
    var counts: [Substring: Int] = [:]
    // The list is in order, so a folder's rows follow each other.
    var start = list.startIndex
    while start < list.endIndex {
      let shard = list[start].digest.hex.prefix(2)
      let end = list[start...].firstIndex { !$0.digest.hex.utf8.starts(with: shard.utf8) } ?? list.endIndex
      counts[shard] = end - start
      start = end
    }
    let folders = try Row.fetchAll(database, sql: "SELECT path, files FROM folder WHERE path LIKE 'artifacts/%'")
    return try folders.contains { (row: Row) in
      let path: String = try row.decode(atIndex: 0)
      return try counts[path.suffix(2), default: 0] < row.decode(Int.self, atIndex: 1)
    }
  }
}

/// Adds to a list when each artifact was last used, as its file says: whoever removes the least recently used one must
/// not go by a copy.
struct ArtifactTimes {
  let root: String

  /// Completes a list that is in the order of the digests; an artifact that has gone meanwhile is left out.
  func complete(_ artifacts: [Artifact]) -> [Artifact] {
    var folder = OpenFolder()
    var list: [Artifact] = []
    for var artifact in artifacts {
      folder.enter(root, shardOf: artifact.digest.hex)
      guard let status = folder.status(of: artifact.digest.hex) else { continue }
      artifact.lastUsed = status.modifiedSeconds
      list.append(artifact)
    }
    return list
  }
}
