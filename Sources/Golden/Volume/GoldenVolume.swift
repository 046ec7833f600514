// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Files
internal import GRDB
public import Galley

/// A table of recipes with their measurements, in one SQLite file that many processes may use at once.
///
/// The file is journalled by SQLite's rollback journal rather than its write-ahead log, so that at rest a volume is one
/// file, which can be copied, carried and named by its digest; a process that is killed while it writes leaves a
/// journal from which the next one restores the whole volume.
public struct GoldenVolume: Sendable {
  /// Where the file lies.
  public let path: String
  private let queue: DatabaseQueue

  /// Opens a volume; creates it, with its folders, if there is none.
  /// - Parameter patience: seconds to wait while another process writes.
  /// - Throws: `GalleyError` if the file can't be opened, is something else, is damaged, or was made by a newer Galley.
  public static func open(_ path: String, patience: Double = 30) throws(GalleyError) -> GoldenVolume {
    do {
      if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
        try AtomicFile.createFolder(String(path[..<slash]))
      }
      var configuration = Configuration()
      configuration.busyMode = .timeout(patience)
      configuration.label = "GoldenVolume"
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      try recognize(queue, path)
      try migrate(queue)
      return GoldenVolume(path: path, queue: queue)
    } catch {
      throw VolumeFailure.explain(error, "open", path)
    }
  }

  /// Keeps rows: all of them or, if one fails, none. A row that the volume has already stays as it is.
  /// - Returns: how many rows are new.
  /// - Throws: `GalleyError`.
  @discardableResult
  public func insert(_ rows: [GoldenRow]) throws(GalleyError) -> Int {
    do {
      return try queue.writeWithoutTransaction { database in
        var added = 0
        try database.inTransaction(.immediate) {
          for row in rows { added += try Self.insert(row, into: database) }
          return .commit
        }
        return added
      }
    } catch {
      throw VolumeFailure.explain(error, "write to", path)
    }
  }

  /// The rows that a filter lets through, in the order in which they were measured.
  /// - Throws: `GalleyError` if the volume can't be read or a row is damaged.
  public func rows(_ filter: GoldenFilter = GoldenFilter()) throws(GalleyError) -> [GoldenRow] {
    let (sql, arguments) = filter.condition
    do {
      return try queue.read { database in
        try Row.fetchAll(
          database, sql: "\(GoldenRow.select) WHERE \(sql) ORDER BY golden.measured_at_unix_s, golden.id",
          arguments: arguments
        ).map { try GoldenRow($0) }
      }
    } catch {
      throw VolumeFailure.explain(error, "read", path)
    }
  }

  /// Proves that the whole file is sound: SQLite's own check, every row against its digest and its measurement, every
  /// recipe and every document against its row.
  /// - Returns: how many rows there are.
  /// - Throws: `GalleyError` with the first thing that is wrong.
  @discardableResult
  public func check() throws(GalleyError) -> Int {
    do {
      return try queue.read { try VolumeProof.prove($0, path) }
    } catch {
      throw VolumeFailure.explain(error, "check", path)
    }
  }

  /// Adds all rows of another volume with their documents, after proving that volume; rows that are here stay as they
  /// are. All are added or none.
  /// - Returns: how many rows are new.
  /// - Throws: `GalleyError`.
  @discardableResult
  public func merge(_ other: GoldenVolumes) throws(GalleyError) -> Int {
    do {
      return try queue.writeWithoutTransaction { database in
        var added = 0
        try database.inTransaction(.immediate) {
          try other.forEachRow { added += try Self.insert($0, into: database) }
          return .commit
        }
        return added
      }
    } catch {
      throw VolumeFailure.explain(error, "merge into", path)
    }
  }

  private static func insert(_ row: GoldenRow, into database: Database) throws -> Int {
    let values = GoldenColumn.all.map { row[$0.name].databaseValue }
    try database.cachedStatement(sql: insertRow).execute(arguments: StatementArguments(values))
    let added = database.changesCount
    guard added > 0 else { return 0 }
    try database.cachedStatement(sql: "INSERT INTO recipe VALUES (?, ?, ?) ON CONFLICT (digest) DO NOTHING")
      .execute(arguments: [row.recipe.digest.hex, row.recipe.form.rawValue, row.recipe.content])
    try database.cachedStatement(sql: "INSERT INTO document VALUES (?, ?, ?, ?)").execute(arguments: [
      row.id.hex, row.measurementText, try VolumeText.encode(row.metadata), try VolumeText.encode(row.origin),
    ])
    return added
  }

  private static let insertRow = """
    INSERT INTO golden (\(GoldenColumn.all.map(\.name).joined(separator: ", ")))
    VALUES (\(GoldenColumn.all.map { _ in "?" }.joined(separator: ", "))) ON CONFLICT (id) DO NOTHING
    """

  /// Counts what a database holds besides the migrator's own table, which is there before the first migration marks
  /// the file: a process that comes between the two, or after a kill between them, must not take the file for foreign.
  private static let ownTables = """
    SELECT count(*) FROM sqlite_master
    WHERE tbl_name <> 'grdb_migrations' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    """

  /// Refuses a file that isn't a volume, before anything is written to it.
  static func recognize(_ queue: DatabaseQueue, _ path: String) throws {
    let (mark, tables, isNewer) = try queue.read { database in
      (
        try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0,
        try Int.fetchOne(database, sql: Self.ownTables) ?? 0,
        try VolumeSchema.migrator.hasBeenSuperseded(database)
      )
    }
    guard mark == VolumeSchema.applicationID || (mark == 0 && tables == 0) else { throw VolumeFailure.foreign(path) }
    guard !isNewer else { throw VolumeFailure.newer(path) }
  }

  /// Brings the schema up to date. Two processes may do so at once: whoever comes second finds it done.
  static func migrate(_ queue: DatabaseQueue) throws {
    for attempt in 1... {
      if try queue.read(VolumeSchema.migrator.hasCompletedMigrations) { return }
      do {
        return try VolumeSchema.migrator.migrate(queue)
      } catch {
        guard attempt < 5 else { throw error }
      }
    }
  }
}
