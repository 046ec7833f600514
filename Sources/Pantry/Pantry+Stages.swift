// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
internal import GRDB
internal import Galley

/// Records of finished stages.
extension Pantry {
  /// The record under `key`, if the stage finished and all its artifacts are still there, byte for byte.
  ///
  /// Its artifacts count as used now.
  public func record(for key: Digest) -> StageRecord? {
    guard let record = CheckedDocument.decode(StageRecord.self, at: recordPath(key)), record.key == key,
      record.outputs.values.allSatisfy(verify)
    else { return nil }
    return record
  }

  /// Keeps the record of a finished stage; its artifacts must be in the pantry already.
  /// - Throws: `GalleyError`.
  public func keep(_ record: StageRecord) throws {
    let path = recordPath(record.key)
    try write(CheckedDocument.encode(record), to: path, "can't keep a stage's record")
    index.tryToUse { database in
      try database.inTransaction(.immediate) {
        try record.write(to: database, stamp: FileStatus(path)?.stamp ?? 0)
        return .commit
      }
    }
  }

  /// The records of earlier runs of a stage, the latest first. Their artifacts may be gone since.
  /// - Parameters:
  ///   - stage: its name, `train`.
  ///   - limit: at most so many.
  public func records(ofStage stage: String, limit: Int = 100) -> [StageRecord] {
    do {
      return try index.useUpToDate { database in
        try Row.fetchAll(
          database,
          sql: """
            SELECT record_json, checksum, stamp FROM stage WHERE stage = ? ORDER BY finished_unix_s DESC, key LIMIT ?
            """,
          arguments: [stage, max(0, limit)]
        ).map(StageRecord.init)
      }
    } catch {
      notifyUnavailable(error)
      return Array(
        scannedRecords().filter { $0.stage == stage }.sorted { $0.finished > $1.finished }.prefix(max(0, limit)))
    }
  }

  /// Removes the record under `key`, so that the stage runs again; its artifacts stay.
  /// - Throws: `GalleyError`.
  public func removeRecord(for key: Digest) throws {
    try remove(recordPath(key), "can't remove a stage's record")
    index.tryToUse { try StageRecord.remove(key.hex, from: $0) }
  }

  /// The records as the files say, whether or not their artifacts are there.
  func scannedRecords() -> [StageRecord] {
    let names = (FolderScan("\(root)/stages")?.entries ?? []).map(\.name).filter { $0.hasSuffix(".json") }
    return names.compactMap { name in
      guard let record = CheckedDocument.decode(StageRecord.self, at: "\(root)/stages/\(name)"),
        "\(record.key.hex).json" == name
      else { return nil }
      return record
    }
  }

  func recordPath(_ key: Digest) -> String { "\(root)/stages/\(key.hex).json" }
}

extension StageRecord {
  var user: ArtifactUser { ArtifactUser(kind: .stage, id: key.hex, name: stage) }

  /// Reads a row of the index.
  /// - Throws: `IndexDamage` if it isn't what was written.
  init(_ row: Row) throws {
    let text: String = try row.decode(atIndex: 0)
    guard try row.decode(Int64.self, atIndex: 1) == Self.checksum(text, stamp: row.decode(atIndex: 2)),
      let record = try? JSONDecoder().decode(StageRecord.self, from: Data(text.utf8))
    else { throw IndexDamage(why: "a row of it was changed") }
    self = record
  }

  func write(to database: Database, stamp: Int64) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let text = String(decoding: try encoder.encode(self), as: UTF8.self)
    let columns = "key, stage, finished_unix_s, record_json, stamp, checksum"
    try database.cachedStatement(sql: "INSERT OR REPLACE INTO stage (\(columns)) VALUES (?, ?, ?, ?, ?, ?)")
      .execute(arguments: [key.hex, stage, finished, text, stamp, Self.checksum(text, stamp: stamp)])
    try IndexUse.replace(Set(outputs.values).sorted(), of: user, in: database)
  }

  static func remove(_ key: String, from database: Database) throws {
    try database.cachedStatement(sql: "DELETE FROM stage WHERE key = ?").execute(arguments: [key])
    try IndexUse.remove(.stage, key, from: database)
  }

  private static func checksum(_ text: String, stamp: Int64) -> Int64 {
    var sum = RowSum()
    sum.add(text)
    sum.add(stamp)
    return sum.value
  }
}
