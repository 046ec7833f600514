// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Files
internal import Foundation
internal import Galley
internal import Golden
internal import Reports

/// Lists rows.
struct GoldenListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List rows, the newest first.")

  @OptionGroup var filter: GoldenFilterOptions

  @Option(help: "Show at most so many rows.")
  var limit = 50

  @OptionGroup var asked: GoldenTableOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let condition = try filter.read()
    let volumes = try asked.volumes.open()
    let table = try asked.table(of: volumes, where: condition, sort: "-measured_at", limit: limit)
    try GoldenTables.show(table, console)
    let count = try volumes.count(where: condition)
    console.note(count > table.rows.count ? "\n\(table.rows.count) of \(count) rows." : "\n\(count) rows.")
  }
}

/// Asks for rows.
struct GoldenQueryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query", abstract: "Ask for rows with an expression, or with one statement of SQL.",
    discussion: """
      Examples:
        galley golden query 'hardware == "cuda:A4500" && latency <= 10ms && accuracy >= 0.5'
        galley golden query 'size <= 5MB' --columns variant,latency,size --csv
        galley golden query --sql 'SELECT hardware, min(latency_s) FROM golden GROUP BY 1'

      SQL reads the tables golden, document and recipe; it can change nothing.
      """)

  @Argument(help: "A condition on columns.")
  var condition: String?

  @Option(help: "One SELECT statement.")
  var sql: String?

  @Option(help: "At most so many rows.")
  var limit: Int?

  @Flag(help: "Print CSV with values as they are kept, in the columns' units.")
  var csv = false

  @OptionGroup var asked: GoldenTableOptions
  @OptionGroup var options: OutputOptions

  mutating func validate() throws {
    guard (condition == nil) != (sql == nil) else { throw ValidationError("Give an expression or --sql.") }
  }

  func run() async throws {
    let console = Console(options)
    let condition = try condition.map { try GoldenCondition($0) } ?? .all
    let volumes = try asked.volumes.open()
    let table = try sql.map { try volumes.query($0) } ?? asked.table(of: volumes, where: condition, limit: limit)
    if csv { return console.write(String(decoding: try GoldenExport.encode(table, as: .csv), as: UTF8.self)) }
    try GoldenTables.show(table, console)
    console.note("\n\(table.rows.count) rows.")
  }
}

/// Draws rows.
struct GoldenSampleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "sample", abstract: "Draw rows at random.")

  @Option(name: .shortAndLong, help: "How many rows.")
  var number = 1

  @Option(help: "The same seed draws the same rows.")
  var seed: UInt64 = 0

  @Option(help: "Comma-separated columns, or 'all'.")
  var columns: String?

  @OptionGroup var filter: GoldenFilterOptions
  @OptionGroup var volumes: GoldenVolumeOptions
  @OptionGroup var options: OutputOptions

  mutating func validate() throws {
    guard (1...10_000).contains(number) else { throw ValidationError("--number must be from 1 to 10000.") }
  }

  func run() async throws {
    let console = Console(options)
    let condition = try filter.read()
    let table = try volumes.open().sample(number, try GoldenTables.columns(columns), where: condition, seed: seed)
    try GoldenTables.show(table, console)
  }
}

/// Shows one row.
struct GoldenShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show everything that is known of a row, its recipe included.")

  @OptionGroup var argument: GoldenRowArgument

  @Flag(help: "Print the recipe alone, as it is kept.")
  var recipe = false

  @Flag(help: "Print the measurement alone, as JSON.")
  var measurement = false

  @OptionGroup var options: OutputOptions

  private struct Document: Encodable {
    var id: String
    var columns: [String: GoldenValue]
    var recipeForm: GoldenRecipe.Form
    var recipe: String
    var measurement: Galley.Measurement?
    var origin: RowOrigin
    var metadata: [String: String]
  }

  func run() async throws {
    let console = Console(options)
    let row = try argument.read()
    if recipe { return console.write(row.recipe.content + "\n") }
    if measurement {
      guard let measurement = row.measurement else {
        throw GalleyError(
          .missingInput, "can't show the measurement", at: row.id.short,
          why: "the row is \(row.status.rawValue): Galley didn't measure it")
      }
      return console.write(String(decoding: try Console.encoded(measurement, pretty: true), as: UTF8.self) + "\n")
    }
    try console.result(
      json: Document(
        id: row.id.hex, columns: row.values, recipeForm: row.recipe.form, recipe: row.recipe.content,
        measurement: row.measurement, origin: row.origin, metadata: row.metadata))
    console.result(text(row))
  }

  private func text(_ row: GoldenRow) -> String {
    var lines: [(String, String)] = [("id", row.id.hex)]
    for column in GoldenColumn.all.dropFirst() where row[column.name] != .null {
      let isDigest = column.kind == .text
      lines.append((column.name, isDigest ? row[column.name].plain : GoldenTables.text(row[column.name], column)))
    }
    lines += row.metadata.sorted { $0.key < $1.key }.map { ("· " + $0.key, $0.value) }
    if let command = row.origin.command { lines.append(("command", command.joined(separator: " "))) }
    for file in row.origin.files ?? [] { lines.append(("file: " + file.role, "\(file.digest.short) \(file.name)")) }
    if let table = row.origin.table {
      lines.append(("imported from", "\(table.name), row \(row.origin.position ?? 0), \(table.digest.short)"))
    }
    for mark in row.measurement?.verdict.marks ?? [] { lines.append(("mark", mark)) }
    lines.append(("recipe", "\(row.recipe.form.rawValue): \(row.recipe.content.prefix(160))"))
    let width = lines.map(\.0.count).max() ?? 0
    return lines.map { $0.0.padding(toLength: width + 2, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n")
  }
}

/// Describes volumes.
struct GoldenDescribeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe", abstract: "What volumes hold: rows by task, hardware and data, and ranges of figures.")

  @Flag(help: "List all columns with their units and meanings instead.")
  var columns = false

  @OptionGroup var volumes: GoldenVolumeOptions
  @OptionGroup var options: OutputOptions

  private struct ColumnDocument: Encodable {
    var name: String
    var unit: GoldenUnit
    var names: [String]
    var better: GoldenColumn.Preference?
    var meaning: String
  }

  private struct Document: Encodable {
    var volumes: [String: String]
    var description: VolumeDescription
  }

  func run() async throws {
    let console = Console(options)
    if columns { return try listColumns(console) }
    let volumes = try volumes.open()
    let description = try volumes.describe()
    try console.result(
      json: Document(
        volumes: Dictionary(volumes.volumes.map { ($0.name, $0.path) }) { first, _ in first }, description: description)
    )
    console.result(volumes.volumes.map { "\($0.name): \($0.path)" }.joined(separator: "\n"))
    console.result("\(description.rows) rows\n")
    for column in GoldenVolumes.grouped {
      let groups = description.groups[column] ?? []
      guard groups.contains(where: { $0.value != nil }) else { continue }
      let shown = groups.prefix(12).map {
        "\(column.hasSuffix("digest") ? String(($0.value ?? "none").prefix(12)) : $0.value ?? "none") \($0.rows)"
      }
      console.result(
        "\(column): \(shown.joined(separator: ", "))" + (groups.count > 12 ? ", and \(groups.count - 12) more" : ""))
    }
    console.result(
      "\n"
        + TextTable(
          columns: [
            .init("column"), .init("rows", .trailing), .init("smallest", .trailing), .init("largest", .trailing),
          ],
          rows: description.ranges.map { range in
            let column = GoldenColumn.all.first { $0.name == range.column }
            return [
              range.column, "\(range.rows)", GoldenTables.text(.real(range.minimum), column),
              GoldenTables.text(.real(range.maximum), column),
            ]
          }
        ).render())
  }

  private func listColumns(_ console: Console) throws {
    try console.result(
      json: GoldenColumn.all.map {
        ColumnDocument(
          name: $0.name, unit: $0.unit, names: $0.aliases.map(\.name), better: $0.preference, meaning: $0.meaning)
      })
    console.result(
      TextTable(
        columns: [.init("column"), .init("also"), .init("unit"), .init("better"), .init("meaning")],
        rows: GoldenColumn.all.map {
          [
            $0.name, $0.aliases.map(\.name).joined(separator: ", "), $0.unit.rawValue, $0.preference?.rawValue ?? "",
            $0.meaning,
          ]
        }
      ).render())
  }
}
