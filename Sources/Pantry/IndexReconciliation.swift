// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import GRDB
internal import Galley

/// Brings the index up to date with the files.
///
/// A folder's change time moves whenever a file in it appears, vanishes or is replaced, and the pantry moves it when an
/// artifact is used. So only folders that changed since they were last read are read again: 258 look-ups if nothing
/// happened.
struct IndexReconciliation {
  /// How many artifacts the index had wrong. What every process writes to the index itself counts for nothing.
  struct Change {
    var added = 0
    var removed = 0
    var changed = 0
    var isEmpty: Bool { added + removed + changed == 0 }
  }

  let root: String
  let database: Database
  private(set) var change = Change()
  /// The index knew no folder before.
  private(set) var wasEmpty = false

  init(root: String, database: Database) {
    self.root = root
    self.database = database
  }

  /// Looks at all folders and reads those that changed.
  /// - Parameter everything: reads all of them.
  mutating func run(everything: Bool = false) throws {
    var known: [String: Int64] = [:]
    for row in try Row.fetchAll(database, sql: "SELECT path, changed_ns FROM folder") {
      known[try row.decode(atIndex: 0)] = try row.decode(Int64.self, atIndex: 1)
    }
    wasEmpty = known.isEmpty
    let now = folders()
    let changed = now.filter { everything || known[$0.key] != $0.value.changed }.keys.sorted()
    let gone = known.keys.filter { now[$0] == nil }
    guard !changed.isEmpty || !gone.isEmpty else { return }
    try database.inTransaction(.immediate) {
      for folder in gone { try forget(folder) }
      for folder in changed { try read(folder) }
      return .commit
    }
  }

  private func folders() -> [String: FileStatus] {
    var folders: [String: FileStatus] = [:]
    for name in ["stages", "runs"] { folders[name] = FileStatus("\(root)/\(name)") }
    for (name, status) in FolderScan("\(root)/artifacts")?.entries ?? [] where status.isFolder && Self.isShard(name) {
      folders["artifacts/\(name)"] = status
    }
    return folders
  }

  static func isShard(_ name: String) -> Bool {
    name.utf8.count == 2 && Digest(hex: String(repeating: name, count: 32))?.hex.hasPrefix(name) == true
  }

  private mutating func read(_ folder: String) throws {
    // The time is taken before the folder is read: what comes later moves it again.
    guard let status = FileStatus("\(root)/\(folder)"), let scan = FolderScan("\(root)/\(folder)") else {
      return try forget(folder)
    }
    let count: Int
    switch folder {
    case "stages": count = try readStages(scan)
    case "runs": count = try readRuns(scan)
    default: count = try readArtifacts(scan, folder)
    }
    // A clock that ticks in milliseconds may give two changes one time, so a fresh time proves nothing.
    let age = Date().timeIntervalSince1970 - Double(status.changed) / 1e9
    let time = abs(age) > 2 ? status.changed : 0
    try database.cachedStatement(sql: "INSERT OR REPLACE INTO folder (path, changed_ns, files) VALUES (?, ?, ?)")
      .execute(arguments: [folder, time, count])
  }

  private mutating func forget(_ folder: String) throws {
    switch folder {
    case "stages": _ = try readStages(nil)
    case "runs": _ = try readRuns(nil)
    default: _ = try readArtifacts(nil, folder)
    }
    try database.execute(sql: "DELETE FROM folder WHERE path = ?", arguments: [folder])
  }

  // MARK: Artifacts

  private mutating func readArtifacts(_ scan: FolderScan?, _ folder: String) throws -> Int {
    let shard = String(folder.suffix(2))
    var rows = try artifactRows(shard)
    let files = ArtifactFiles(scan, shard: shard)
    for (digest, file) in files.artifacts {
      let stamp = files.sidecars[digest]?.stamp ?? 0
      let row = rows.removeValue(forKey: digest.hex)
      if var row = row ?? nil, row.byteCount == file.byteCount, row.stamp == stamp, stamp != 0 {
        guard row.lastUsed != file.modifiedSeconds else { continue }
        row.lastUsed = file.modifiedSeconds
        try row.write(to: database)
        continue
      }
      let found = IndexRow.reading(digest, file, in: root)
      if let row = row ?? nil, row.isSame(as: found) { continue }
      if row == nil { change.added += 1 } else { change.changed += 1 }
      try found.write(to: database)
    }
    for hex in rows.keys {
      change.removed += 1
      try database.cachedStatement(sql: "DELETE FROM artifact WHERE digest = ?").execute(arguments: [hex])
    }
    return files.artifacts.count
  }

  /// The rows of one folder; `nil` in place of one that is damaged.
  private func artifactRows(_ shard: String) throws -> [String: IndexRow?] {
    var rows: [String: IndexRow?] = [:]
    // "g" comes after every hexadecimal digit.
    let cursor = try Row.fetchCursor(
      database, sql: "SELECT \(IndexRow.columns) FROM artifact WHERE digest >= ? AND digest < ?",
      arguments: [shard, shard + "g"])
    while let row = try cursor.next() {
      let hex: String = try row.decode(atIndex: 0)
      rows.updateValue(try? IndexRow(row), forKey: hex)
    }
    return rows
  }

  // MARK: Stages and runs

  private func readStages(_ scan: FolderScan?) throws -> Int {
    var known = try stamps("SELECT key, stamp FROM stage")
    var count = 0
    for (name, status) in scan?.entries ?? [] where status.isRegular && name.hasSuffix(".json") {
      let key = String(name.dropLast(5))
      guard Digest(hex: key) != nil else { continue }
      count += 1
      if known.removeValue(forKey: key) == status.stamp { continue }
      if let record = CheckedDocument.decode(StageRecord.self, at: "\(root)/stages/\(name)"), record.key.hex == key {
        try record.write(to: database, stamp: status.stamp)
      } else {
        try StageRecord.remove(key, from: database)
      }
    }
    for key in known.keys { try StageRecord.remove(key, from: database) }
    return count
  }

  private func readRuns(_ scan: FolderScan?) throws -> Int {
    var known = try stamps("SELECT id, stamp FROM run")
    var count = 0
    for (name, status) in scan?.entries ?? [] where status.isRegular && name.hasSuffix(".json") {
      let id = String(name.dropLast(5))
      count += 1
      if known.removeValue(forKey: id) == status.stamp { continue }
      let bytes = (try? Data(contentsOf: URL(filePath: "\(root)/runs/\(name)"))) ?? Data()
      try RunEntry(id: id, document: bytes, status: status)
        .write(to: database, stamp: status.stamp, uses: RunEntry.digests(in: bytes))
    }
    for id in known.keys { try RunEntry.remove(id, from: database) }
    return count
  }

  private func stamps(_ sql: String) throws -> [String: Int64] {
    var stamps: [String: Int64] = [:]
    for row in try Row.fetchAll(database, sql: sql) {
      stamps[try row.decode(atIndex: 0)] = try row.decode(Int64.self, atIndex: 1)
    }
    return stamps
  }
}
