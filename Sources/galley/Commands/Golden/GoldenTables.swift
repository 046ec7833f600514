// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Foundation
internal import Galley
internal import Golden
internal import Reports

/// Rows as a terminal shows them.
enum GoldenTables {
  /// The columns of a list.
  static let listed = [
    "id", "variant", "task", "hardware", "runtime", "precision", "threads", "batch", "accuracy", "latency_s",
    "model_size_bytes", "status",
  ]

  /// The columns that a user names.
  static func columns(_ text: String?) throws(GalleyError) -> [GoldenColumn] {
    var columns: [GoldenColumn] = []
    for word in text?.split(separator: ",").map(String.init) ?? listed {
      if word == "all" { return GoldenColumn.all }
      columns.append(try column(word.trimmingCharacters(in: .whitespaces)))
    }
    return columns
  }

  static func column(_ name: String) throws(GalleyError) -> GoldenColumn {
    guard let found = GoldenColumn.named(name) else {
      throw GalleyError(
        .usage, "can't find the column '\(name)'", why: "volumes have no such column",
        remedy: NearestName.match(name, in: GoldenColumn.names).map { "Did you mean '\($0)'?" }
          ?? "'galley golden describe --columns' lists them.")
    }
    return found.column
  }

  /// An order: a column, with a minus before it for the largest first.
  static func order(_ text: String?) throws(GalleyError) -> GoldenVolumes.Order? {
    guard let text else { return nil }
    let isDescending = text.hasPrefix("-")
    return GoldenVolumes.Order(try column(String(text.dropFirst(isDescending ? 1 : 0))), isDescending: isDescending)
  }

  /// A table whose columns are those of a volume, or whatever a query made.
  static func render(_ table: GoldenTable) -> String {
    let columns = table.columns.map { name in GoldenColumn.all.first { $0.name == name } }
    return TextTable(
      columns: zip(table.columns, columns).map { name, column in
        TextTable.Column(column?.shortName ?? name, isNumeric(column, name, table) ? .trailing : .leading)
      },
      rows: table.rows.map { row in zip(row, columns).map { text($0, $1) } }
    ).render()
  }

  private static func isNumeric(_ column: GoldenColumn?, _ name: String, _ table: GoldenTable) -> Bool {
    if let column { return column.kind != .text }
    return table.values(of: name)?.first { $0 != .null }?.number != nil
  }

  /// A value with its unit, as short as people want it.
  static func text(_ value: GoldenValue, _ column: GoldenColumn?) -> String {
    guard let column, let number = value.number else {
      let text = value.plain
      return column?.name.hasSuffix("digest") == true || column?.name == "id" ? String(text.prefix(12)) : text
    }
    switch column.unit {
    case .seconds: return NumberText.time(number)
    case .bytes: return number < 9e15 ? ByteCount(Int(number)).description : value.plain
    case .fraction: return NumberText.significant(number, digits: 4)
    case .instant: return Moment(number).description
    case .joules, .watts, .hertz, .perSecond: return "\(NumberText.significant(number)) \(column.unit.rawValue)"
    case .count, .operations:
      return number == number.rounded() && number.magnitude < 9e15 ? "\(Int(number))" : value.plain
    case .none, .cores: return value.plain
    }
  }

  /// Prints a table as people or programs want it.
  static func show(_ table: GoldenTable, _ console: Console) throws {
    try console.result(json: documents(table))
    console.result(render(table))
  }

  /// A table as JSON: rows as objects.
  private static func documents(_ table: GoldenTable) -> [[String: GoldenValue]] {
    table.rows.map { Dictionary(zip(table.columns, $0)) { first, _ in first } }
  }
}
