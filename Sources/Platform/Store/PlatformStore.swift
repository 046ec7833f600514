// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Foundation
internal import GRDB
public import Galley
internal import Glibc

/// Projects, data sets, items, annotations and models in one embedded store: a SQLite database, and files by digest.
///
/// Many processes may use a store at once: the database has a write-ahead log, so that readers never wait, and writers
/// wait for each other. A process that is killed loses the transaction that it was in, and nothing else; after a power
/// failure the last transactions may be missing, but the database is whole.
///
/// Ground truth and predictions are kept in tables of their own: nothing that asks for the one can be answered with
/// the other.
public struct PlatformStore: Sendable {
  /// Where the store lies.
  public let place: PlatformPlace
  /// The models whose training was found abandoned when this value was opened.
  public let repairs: [ModelRepair]
  let pool: DatabasePool

  /// Opens a store; creates it, with its folders, if there is none. A model that a dead process left in training is
  /// written down as failed.
  /// - Parameter patience: seconds to wait while another process writes.
  /// - Throws: `GalleyError` if the store can't be opened, is something else, is damaged, or was made by a newer Galley.
  public static func open(_ place: PlatformPlace, patience: Double = 30) throws(GalleyError) -> PlatformStore {
    do {
      try AtomicFile.createFolder(place.store)
      let pool = try connect(place.database, patience)
      return PlatformStore(place: place, repairs: try ModelRepair.run(pool), pool: pool)
    } catch {
      throw PlatformFailure.explain(error, "can't open the platform's store", place.database)
    }
  }

  /// Two processes that create a store at once can hinder each other in ways that SQLite's own waiting doesn't cover.
  private static func connect(_ path: String, _ patience: Double) throws -> DatabasePool {
    let end = ContinuousClock.now + .seconds(patience)
    while true {
      do {
        var configuration = Configuration()
        configuration.busyMode = .timeout(patience)
        configuration.foreignKeysEnabled = true
        configuration.label = "PlatformStore"
        configuration.prepareDatabase { database in
          // Pages are read where the system keeps them instead of being copied.
          try database.execute(sql: "PRAGMA mmap_size = 1073741824")
          try database.execute(sql: "PRAGMA cache_size = -32768")
        }
        try recognize(path)
        let pool = try DatabasePool(path: path, configuration: configuration)
        try migrate(pool, path)
        return pool
      } catch  where PlatformFailure.isPassing(error) && ContinuousClock.now < end {
        usleep(20_000)
      }
    }
  }

  /// Refuses another program's database, before it is opened for writing. The mark stands in the file's head once the
  /// log was written back; until then it is zero.
  private static func recognize(_ path: String) throws {
    guard let file = FileHandle(forReadingAtPath: path) else { return }
    defer { try? file.close() }
    guard let head = try file.read(upToCount: 72), !head.isEmpty else { return }
    let mark = head.dropFirst(68).reduce(0) { $0 << 8 | Int($1) }
    guard head.starts(with: Data("SQLite format 3\0".utf8)), [0, PlatformSchema.applicationID].contains(mark) else {
      throw PlatformFailure.foreign(path)
    }
  }

  private static let foreignTables = """
    SELECT count(*) FROM sqlite_master
    WHERE tbl_name <> 'grdb_migrations' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    """

  private static func migrate(_ pool: DatabasePool, _ path: String) throws {
    let (mark, tables, isNewer) = try pool.read { database in
      (
        try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0,
        try Int.fetchOne(database, sql: foreignTables) ?? 0, try PlatformSchema.migrator.hasBeenSuperseded(database)
      )
    }
    guard mark == PlatformSchema.applicationID || (mark == 0 && tables == 0) else {
      throw PlatformFailure.foreign(path)
    }
    if isNewer { throw PlatformFailure.newer(path) }
    for attempt in 1... {
      if try pool.read(PlatformSchema.migrator.hasCompletedMigrations) { return }
      do {
        return try PlatformSchema.migrator.migrate(pool)
      } catch {
        guard attempt < 5 else { throw error }
      }
    }
  }

  /// Reads from the store as it is at one moment.
  /// - Parameter what: what fails if it can't be done, as a clause.
  func read<Result>(_ what: String, _ body: (Database) throws -> Result) throws(GalleyError) -> Result {
    do {
      return try pool.read(body)
    } catch {
      throw PlatformFailure.explain(error, what, place.database)
    }
  }

  /// Changes the store: everything that `body` does, or nothing.
  /// - Parameter what: what fails if it can't be done, as a clause.
  func write<Result>(_ what: String, _ body: (Database) throws -> Result) throws(GalleyError) -> Result {
    do {
      return try pool.writeWithoutTransaction { database in
        var result: Result?
        try database.inTransaction(.immediate) {
          result = try body(database)
          return .commit
        }
        guard let result else { throw GalleyError(.software, what, why: "the transaction gave nothing") }
        return result
      }
    } catch {
      throw PlatformFailure.explain(error, what, place.database)
    }
  }

  /// Proves that the database is sound: SQLite's own check, its keys, and that every file that is named is there.
  /// - Returns: the digests of files that are missing.
  /// - Throws: `GalleyError` if the database is damaged.
  public func check() throws(GalleyError) -> [String] {
    let digests = try read("can't check the platform's store") { database in
      let verdict = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)") ?? "SQLite's check says nothing"
      let lost = try Row.fetchOne(database, sql: "PRAGMA foreign_key_check")
      guard verdict == "ok", lost == nil else {
        throw GalleyError(
          .badData, "can't use the platform's store", at: place.database,
          why: lost == nil ? verdict : "rows point to others that aren't there", remedy: "Restore it from a copy.")
      }
      return try String.fetchAll(
        database, sql: "SELECT digest FROM item UNION SELECT digest FROM model_artifact ORDER BY 1")
    }
    return digests.filter { !FileManager.default.fileExists(atPath: files.path(of: $0)) }
  }

  /// The files by digest.
  var files: StoredFiles { StoredFiles(folder: "\(place.store)/files") }

  /// Now, in seconds since 1970.
  static var now: Double { Date().timeIntervalSince1970 }
}
