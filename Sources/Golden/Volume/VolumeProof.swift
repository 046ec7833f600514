// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import GRDB
internal import Galley

/// The proof that a volume is sound.
enum VolumeProof {
  /// SQLite's own check, then what belongs together, then every row.
  static func prove(_ database: Database, _ path: String) throws -> Int {
    let verdict = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)")
    guard verdict == "ok" else { throw VolumeFailure.damaged(path, verdict ?? "SQLite's check says nothing") }
    let rows = try count(database, "golden")
    let lone = """
      golden LEFT JOIN document ON document.id = golden.id LEFT JOIN recipe ON recipe.digest = golden.recipe_digest
      WHERE document.id IS NULL OR recipe.digest IS NULL
      """
    guard try count(database, "document") == rows, try count(database, lone) == 0 else {
      throw VolumeFailure.damaged(path, "rows and their documents don't belong together")
    }
    let cursor = try Row.fetchCursor(database, sql: GoldenRow.select)
    while let row = try cursor.next() { _ = try GoldenRow(row) }
    return rows
  }

  private static func count(_ database: Database, _ from: String) throws -> Int {
    try Int.fetchOne(database, sql: "SELECT count(*) FROM \(from)") ?? 0
  }
}
