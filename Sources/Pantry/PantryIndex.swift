// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import GRDB
internal import Galley
internal import Synchronization

/// The SQLite file that makes lists fast. It is a copy of what the files say, made when somebody first needs it; if it
/// is missing, damaged or behind, the files decide.
///
/// It is journalled by SQLite's rollback journal rather than its write-ahead log: that works on network file systems,
/// where home folders of clusters lie, and can be read where nobody may write. Writers wait for each other up to ten
/// seconds; a transaction takes about a millisecond. SQLite doesn't flush (`synchronous = OFF`): a killed process loses
/// nothing by that, since the journal is in the system's hands, and what a power failure spoils is found by the rows'
/// sums and made anew.
final class PantryIndex: Sendable {
  let root: String
  let notify: @Sendable (PantryNotice) -> Void
  private let connection = Mutex<Connection?>(nil)
  /// Whether somebody has been told already why the index is empty.
  private let isExplained = Mutex(false)

  private struct Connection {
    var queue: DatabaseQueue
    var file: FileStatus
  }

  init(root: String, notify: @escaping @Sendable (PantryNotice) -> Void) {
    self.root = root
    self.notify = notify
  }

  var path: String { "\(root)/index.sqlite" }

  /// Gives `body` the database, opened and sound as far as SQLite sees; one that is damaged is made anew first.
  func use<Result>(_ body: (Database) throws -> Result) throws -> Result {
    var attempts = 0
    while true {
      attempts += 1
      var seen: FileStatus?
      do {
        return try useOnce(&seen, body)
      } catch {
        guard attempts < 4, let reason = IndexFailure.damage(error) else { throw IndexFailure.explain(error, path) }
        try discard(seen, reason)
      }
    }
  }

  /// Like `use`, for what the files say already: a failure is told, not thrown.
  func tryToUse(_ body: (Database) throws -> Void) {
    do {
      try use(body)
    } catch {
      notify(.indexUnavailable(reason: (error as? GalleyError)?.why ?? "\(error)"))
    }
  }

  /// Brings the index up to date with the files, and gives it to `body`.
  func useUpToDate<Result>(_ body: (Database) throws -> Result) throws -> Result {
    var change = IndexReconciliation.Change()
    var wasEmpty = false
    // Told at the end, when nothing is held any more: who is told may use the pantry.
    defer { report(change, wasEmpty: wasEmpty) }
    return try use { database in
      var reconciliation = IndexReconciliation(root: root, database: database)
      try reconciliation.run()
      (change, wasEmpty) = (reconciliation.change, reconciliation.wasEmpty)
      return try body(database)
    }
  }

  /// Gives the index to `body` as it is; damage is thrown, not made good.
  func peek<Result>(_ body: (Database) throws -> Result) throws -> Result {
    var seen: FileStatus?
    return try useOnce(&seen, body)
  }

  /// Moves the index aside; the next use makes it anew.
  func startAnew(because reason: String) throws { try discard(FileStatus(path), reason) }

  private func report(_ change: IndexReconciliation.Change, wasEmpty: Bool) {
    guard !change.isEmpty else { return }
    if !wasEmpty {
      notify(.indexReconciled(added: change.added, removed: change.removed, changed: change.changed))
    } else if !isExplained.withLock({ $0 }) {
      notify(.indexRebuilt(reason: "it was missing"))
    }
  }

  private func useOnce<Result>(
    _ seen: inout FileStatus?, _ body: (Database) throws -> Result
  ) throws -> Result {
    // Shared with all who use the index; whoever puts another file in its place takes it alone. SQLite finds a journal
    // by its name, so no one may write to the old file after that.
    let lock = try FileLock.acquire(root, .shared)
    defer { withExtendedLifetime(lock) {} }
    seen = FileStatus(path)
    let queue = try queue(seen)
    seen = FileStatus(path)
    return try queue.writeWithoutTransaction(body)
  }

  private func queue(_ file: FileStatus?) throws -> DatabaseQueue {
    try connection.withLock { connection in
      if let open = connection, let file, open.file.isSameFile(as: file) { return open.queue }
      connection = nil
      var configuration = Configuration()
      configuration.busyMode = .timeout(10)
      configuration.label = "PantryIndex"
      configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = OFF") }
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      try Self.recognize(queue)
      try Self.migrate(queue)
      connection = FileStatus(path).map { Connection(queue: queue, file: $0) }
      return queue
    }
  }

  /// Moves a damaged index aside, unless another process has done so.
  private func discard(_ seen: FileStatus?, _ reason: String) throws {
    guard try moveAside(seen) else { return }
    isExplained.withLock { $0 = true }
    notify(.indexRebuilt(reason: reason))
  }

  private func moveAside(_ seen: FileStatus?) throws -> Bool {
    connection.withLock { $0 = nil }
    let lock = try FileLock.acquire(root, .exclusive)
    defer { withExtendedLifetime(lock) {} }
    guard let seen, let now = FileStatus(path), now.isSameFile(as: seen) else { return false }
    let aside = "\(root)/damaged/index-\(UUID().uuidString).sqlite"
    try AtomicFile.createFolder("\(root)/damaged")
    try FileManager.default.moveItem(atPath: path, toPath: aside)
    try? FileManager.default.moveItem(atPath: "\(path)-journal", toPath: "\(aside)-journal")
    return true
  }

  /// Refuses a file that isn't an index, or that a newer Galley made.
  private static func recognize(_ queue: DatabaseQueue) throws {
    let (mark, tables, isNewer) = try queue.read { database in
      (
        try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0,
        try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master WHERE tbl_name <> 'grdb_migrations'") ?? 0,
        try IndexSchema.migrator.hasBeenSuperseded(database)
      )
    }
    guard mark == IndexSchema.applicationID || (mark == 0 && tables == 0) else {
      throw IndexDamage(why: "it was a database of another kind")
    }
    guard !isNewer else { throw IndexFailure.newer(queue.path) }
  }

  /// Brings the schema up to date. Two processes may do so at once: whoever comes second finds it done.
  private static func migrate(_ queue: DatabaseQueue) throws {
    for attempt in 1... {
      if try queue.read(IndexSchema.migrator.hasCompletedMigrations) { return }
      do {
        return try IndexSchema.migrator.migrate(queue)
      } catch {
        guard attempt < 5 else { throw error }
      }
    }
  }
}
