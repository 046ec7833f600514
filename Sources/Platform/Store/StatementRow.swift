// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import GRDB
internal import GRDBSQLite

/// The row at which a statement stands, read where SQLite has it.
///
/// GRDB's own reading asks each value for its type and each text for its end; in lists of a hundred thousand rows that
/// is most of the time. The tables are strict: a column's type needn't be asked for.
struct StatementRow {
  private let statement: SQLiteStatement

  /// - Precondition: The statement was stepped onto a row.
  init(_ statement: Statement) { self.statement = statement.sqliteStatement }

  /// Appends a text to others; nothing if there is none.
  /// - Returns: where it ends.
  func append(_ column: Int32, to bytes: inout [UInt8]) -> UInt32 {
    // The pointer comes first: asking for it may change how the text is kept.
    if let start = sqlite3_column_text(statement, column) {
      bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
    }
    return UInt32(truncatingIfNeeded: bytes.count)
  }

  /// A whole number; 0 if there is none.
  func integer(_ column: Int32) -> Int { Int(sqlite3_column_int64(statement, column)) }

  /// A number; 0 if there is none.
  func real(_ column: Int32) -> Double { sqlite3_column_double(statement, column) }

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }
}
