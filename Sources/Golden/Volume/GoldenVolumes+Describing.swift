// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import GRDB
public import Galley
internal import Statistics

/// What volumes hold, in numbers.
public struct VolumeDescription: Sendable, Hashable, Encodable {
  /// A value and how many rows have it.
  public struct Group: Sendable, Hashable, Encodable {
    /// The value; `nil` where there is none.
    public var value: String?
    /// How many rows have it.
    public var rows: Int
  }

  /// A column's numbers.
  public struct Range: Sendable, Hashable, Encodable {
    /// The column.
    public var column: String
    /// What its numbers are counted in.
    public var unit: GoldenUnit
    /// How many rows have a number.
    public var rows: Int
    /// Smallest number.
    public var minimum: Double
    /// Largest number.
    public var maximum: Double
  }

  /// How many rows there are.
  public var rows: Int
  /// Rows by column and value: status, task, target, hardware, runtime, precision, data; the most frequent first.
  public var groups: [String: [Group]]
  /// Columns with numbers, in the volume's order.
  public var ranges: [Range]
}

extension GoldenVolumes {
  /// Columns by whose values rows are counted.
  public static let grouped = [
    "status", "source", "task", "target", "hardware", "runtime", "precision", "data_digest", "data_name",
  ]

  /// What the volumes hold.
  /// - Throws: `GalleyError` if a volume can't be read.
  public func describe() throws(GalleyError) -> VolumeDescription {
    try read { database in
      var groups: [String: [VolumeDescription.Group]] = [:]
      for column in Self.grouped {
        let statement = "SELECT \(column), count(*) FROM golden GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50"
        groups[column] = try Row.fetchAll(database, sql: statement).map {
          VolumeDescription.Group(value: $0[0], rows: $0[1])
        }
      }
      let numbers = GoldenColumn.all.filter { $0.kind != .text }
      let figures = numbers.map { "count(\($0.name)), min(\($0.name)), max(\($0.name))" }.joined(separator: ", ")
      let row = try Row.fetchOne(database, sql: "SELECT count(*), \(figures) FROM golden")
      let ranges = numbers.enumerated().compactMap { index, column -> VolumeDescription.Range? in
        guard let row, let count: Int = row[3 * index + 1], count > 0 else { return nil }
        return VolumeDescription.Range(
          column: column.name, unit: column.unit, rows: count, minimum: row[3 * index + 2] ?? 0,
          maximum: row[3 * index + 3] ?? 0)
      }
      return VolumeDescription(rows: row?[0] ?? 0, groups: groups, ranges: ranges)
    }
  }

  /// Rows drawn at random, without repetition.
  /// - Parameter seed: The same seed draws the same rows of the same volumes.
  /// - Throws: `GalleyError` if a volume can't be read.
  public func sample(
    _ count: Int, _ columns: [GoldenColumn], where condition: GoldenCondition = .all, seed: UInt64
  ) throws(GalleyError) -> GoldenTable {
    let ids = try table(GoldenColumn.all.filter { $0.name == "id" }, where: condition, order: .byID)
      .rows.compactMap { $0.first }
    var generator = SeededGenerator(seed: seed)
    let chosen = Array(ids.shuffled(using: &generator).prefix(max(count, 0)))
    let marks = chosen.map { _ in "?" }.joined(separator: ", ")
    return try table(
      columns, where: GoldenCondition(text: "sample", sql: "golden.id IN (\(marks))", arguments: chosen),
      order: .byID)
  }
}
