// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import GRDB
public import Galley

extension GoldenVolumes {
  /// In which order rows come.
  public struct Order: Sendable, Hashable {
    /// The column.
    public var column: GoldenColumn
    /// Whether the largest comes first.
    public var isDescending: Bool

    /// Names an order.
    public init(_ column: GoldenColumn, isDescending: Bool = false) {
      self.column = column
      self.isDescending = isDescending
    }

    /// By the rows' ids.
    static var byID: Order? { GoldenColumn.named("id").map { Order($0.column) } }

    var sql: String {
      "golden.\(column.name) IS NULL, golden.\(column.name)\(isDescending ? " DESC" : ""), golden.id"
    }
  }

  /// The rows for which a condition holds, with some of their columns.
  /// - Parameters:
  ///   - order: `nil` leaves the order open, which is the fastest.
  ///   - limit: At most so many rows.
  /// - Throws: `GalleyError` if a volume can't be read.
  public func table(
    _ columns: [GoldenColumn], where condition: GoldenCondition = .all, order: Order? = nil, limit: Int? = nil
  ) throws(GalleyError) -> GoldenTable {
    let names = columns.map(\.name)
    let chosen = names.map { "golden.\($0)" }.joined(separator: ", ")
    let ending = (order.map { " ORDER BY \($0.sql)" } ?? "") + (limit.map { " LIMIT \(max($0, 0))" } ?? "")
    return try read { database in
      if order == nil, limit == nil, let found = try scanned(chosen, condition, database) {
        return GoldenTable(columns: names, rows: found)
      }
      // The numbers of the rows are found first, and then sorted, if they are few.
      if order != nil, let found = try scanned("golden.rowid", condition, database), found.count <= Self.mostSorted {
        let numbers = found.compactMap { $0.first?.plain }.joined(separator: ",")
        let statement = "SELECT \(chosen) FROM golden WHERE rowid IN (SELECT value FROM json_each(?))\(ending)"
        return GoldenTable(columns: names, rows: try Self.fetch(database, statement, [.text("[\(numbers)]")]).rows)
      }
      let statement = "SELECT \(chosen) FROM golden WHERE \(condition.sql)\(ending)"
      return GoldenTable(columns: names, rows: try Self.fetch(database, statement, condition.arguments).rows)
    }
  }

  /// Of more rows that were found one by one, the sorting takes longer than looking for them again.
  private static let mostSorted = 20_000

  /// What SQL gives of the rows that fulfil a condition, in the table's order, by several connections.
  /// - Returns: `nil` if the table is small, or an index finds the rows.
  private func scanned(
    _ chosen: String, _ condition: GoldenCondition, _ database: Database
  ) throws -> [[GoldenValue]]? {
    guard let scan, condition.sql != "TRUE" else { return nil }
    let statement = "SELECT \(chosen) FROM golden WHERE (\(condition.sql))"
    let steps = try Row.fetchAll(
      database, sql: "EXPLAIN QUERY PLAN \(statement)",
      arguments: StatementArguments(condition.arguments.map(\.databaseValue)))
    let ends = try Row.fetchOne(database, sql: "SELECT min(rowid), max(rowid) FROM golden")
    guard steps.count == 1, ["SCAN golden", "SCAN TABLE golden"].contains(steps[0]["detail"] as String? ?? ""),
      let first: Int64 = ends?[0], let last: Int64 = ends?[1], last - first >= leastScanned
    else { return nil }
    let arguments = condition.arguments
    return scan.run(first...last) { database, part in
      try Self.fetch(
        database, "\(statement) AND golden.rowid BETWEEN \(part.lowerBound) AND \(part.upperBound)", arguments
      ).rows
    }?.flatMap(\.self)
  }

  /// How many rows fulfil a condition.
  /// - Throws: `GalleyError` if a volume can't be read.
  public func count(where condition: GoldenCondition = .all) throws(GalleyError) -> Int {
    try read { database in
      if let counts = try scanned("count(*)", condition, database) {
        return counts.reduce(0) { $0 + Int($1.first?.number ?? 0) }
      }
      return try Int.fetchOne(
        database, sql: "SELECT count(*) FROM golden WHERE \(condition.sql)",
        arguments: StatementArguments(condition.arguments.map(\.databaseValue))) ?? 0
    }
  }

  /// What a statement of SQL gives; it can read the tables `golden`, `document` and `recipe` and change nothing.
  /// - Throws: `GalleyError` if it isn't one statement, would change something, or is wrong.
  public func query(_ statement: String) throws(GalleyError) -> GoldenTable {
    let first = statement.drop { $0.isWhitespace || $0 == "(" }.prefix { $0.isLetter }.uppercased()
    guard ["SELECT", "WITH", "VALUES", "EXPLAIN"].contains(first) else {
      throw Self.refusal("it begins with '\(statement.prefix(20))', and only SELECT, WITH and VALUES read")
    }
    do {
      return try queue.read { database in
        guard try database.makeStatement(sql: statement).isReadonly else {
          throw Self.refusal("it would change something")
        }
        let (names, rows) = try Self.fetch(database, statement, [])
        return GoldenTable(columns: names, rows: rows)
      }
    } catch let error as DatabaseError
      where [.SQLITE_ERROR, .SQLITE_MISUSE, .SQLITE_READONLY].contains(error.resultCode)
    {
      throw Self.refusal(error.message ?? "SQLite's code \(error.resultCode.rawValue)")
    } catch {
      throw VolumeFailure.explain(error, "read", volumes.map(\.path).joined(separator: ", "))
    }
  }

  /// The row whose id begins with these digits.
  /// - Throws: `GalleyError` if there is none, or more than one.
  public func row(_ digits: String) throws(GalleyError) -> GoldenRow {
    let prefix = digits.lowercased()
    guard !prefix.isEmpty, prefix.allSatisfy(\.isHexDigit) else {
      throw GalleyError(
        .usage, "can't find the row", at: digits, why: "a row is named by the first digits of its id",
        remedy: "galley golden list shows them.")
    }
    let found = try read { database in
      try Row.fetchAll(
        database, sql: "\(GoldenRow.select) WHERE golden.id >= ? AND golden.id < ? LIMIT 2",
        arguments: [prefix, prefix + "g"]
      ).map { try GoldenRow($0) }
    }
    guard let row = found.first else {
      throw GalleyError(
        .missingInput, "can't find the row", at: digits, why: "no row's id begins so",
        remedy: "galley golden list shows the ids.")
    }
    guard found.count == 1 else {
      throw GalleyError(
        .usage, "can't tell which row is meant", at: digits, why: "several ids begin so", remedy: "Give more digits.")
    }
    return row
  }

  /// Every row for which a condition holds, with its documents.
  /// - Throws: `GalleyError` if a volume can't be read or a row is damaged.
  public func rows(where condition: GoldenCondition = .all) throws(GalleyError) -> [GoldenRow] {
    try read { database in
      try Row.fetchAll(
        database, sql: "\(GoldenRow.select) WHERE \(condition.sql) ORDER BY golden.measured_at_unix_s, golden.id",
        arguments: StatementArguments(condition.arguments.map(\.databaseValue))
      ).map { try GoldenRow($0) }
    }
  }

  /// Hands over every row, one after the other.
  func forEachRow(_ body: (GoldenRow) throws -> Void) throws {
    try queue.read { database in
      let cursor = try Row.fetchCursor(database, sql: GoldenRow.select)
      while let row = try cursor.next() { try body(try GoldenRow(row)) }
    }
  }

  static func fetch(
    _ database: Database, _ sql: String, _ arguments: [GoldenValue]
  ) throws -> (columns: [String], rows: [[GoldenValue]]) {
    let statement = try database.makeStatement(sql: sql)
    try statement.setArguments(StatementArguments(arguments.map(\.databaseValue)))
    let count = statement.columnCount
    var rows: [[GoldenValue]] = []
    let cursor = try Row.fetchCursor(statement)
    while let row = try cursor.next() {
      rows.append((0..<count).map { GoldenValue(row[$0] as DatabaseValue) })
    }
    return (statement.columnNames, rows)
  }

  private static func refusal(_ why: String) -> GalleyError {
    GalleyError(
      .usage, "can't run the query", at: "--sql", why: why,
      remedy: "Give one SELECT over golden; 'galley golden describe --columns' lists its columns.")
  }
}
