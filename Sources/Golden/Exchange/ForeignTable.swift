// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import GRDB
internal import Galley

/// A table from outside, before anybody knows what its columns mean.
struct ForeignTable {
  /// A row with its place, for messages.
  struct Entry {
    /// Position from 1; in CSV the line.
    var position: Int
    var cells: [GoldenValue]
  }

  var columns: [String]
  var entries: [Entry]
  let digest: Digest
  let path: String

  /// Reads CSV, JSON (a list of objects, objects on lines, or columns of values) or a table of an SQLite file.
  init(_ path: String, table: String?) throws(GalleyError) {
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      throw GalleyError(
        .missingInput, "can't import", at: path, why: "the file doesn't exist or can't be read")
    }
    self.path = path
    digest = Digest(of: data)
    if data.starts(with: Data("SQLite format 3\0".utf8)) {
      (columns, entries) = try Self.database(path, table)
    } else if let first = data.first(where: { !" \n\r\t".utf8.contains($0) }), "[{".utf8.contains(first) {
      (columns, entries) = try Self.json(data, path)
    } else {
      (columns, entries) = try Self.csv(data, path)
    }
    guard !columns.isEmpty, !entries.isEmpty else { throw Self.refusal(path, "it holds no rows") }
    let twice = Dictionary(grouping: columns) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
    guard twice.isEmpty else { throw Self.refusal(path, "the column '\(twice[0])' stands twice") }
  }

  static func refusal(_ path: String, _ why: String, remedy: String? = nil) -> GalleyError {
    GalleyError(.badData, "can't import", at: path, why: why, remedy: remedy ?? "Nothing was imported.")
  }

  private static func csv(_ data: Data, _ path: String) throws(GalleyError) -> ([String], [Entry]) {
    var table = CSVRecords(Array(data))
    var records: [(line: Int, fields: [String])] = []
    do throws(CSVRecords.Fault) {
      while try table.next() { records.append((table.line, try table.texts())) }
    } catch {
      throw refusal(
        "\(path):\(table.line)", error == .unclosed ? "a quotation mark isn't closed" : error.description)
    }
    guard let head = records.first else { throw refusal(path, "it is empty") }
    var entries: [Entry] = []
    for record in records.dropFirst() {
      guard record.fields.count == head.fields.count else {
        throw refusal(
          "\(path):\(record.line)", "there are \(record.fields.count) fields, and \(head.fields.count) columns")
      }
      entries.append(Entry(position: record.line, cells: record.fields.map(GoldenValue.text)))
    }
    return (head.fields, entries)
  }

  private static func json(_ data: Data, _ path: String) throws(GalleyError) -> ([String], [Entry]) {
    let rows: [[String: ConfigurationValue]]
    let decoder = JSONDecoder()
    if let list = try? decoder.decode([[String: ConfigurationValue]].self, from: data) {
      rows = list
    } else if let columns = try? decoder.decode([String: ConfigurationValue].self, from: data),
      let turned = turned(columns)
    {
      rows = turned
    } else {
      var lines: [[String: ConfigurationValue]] = []
      for line in data.split(separator: UInt8(ascii: "\n")) {
        guard let object = try? decoder.decode([String: ConfigurationValue].self, from: Data(line)) else {
          throw refusal(path, "it is neither a list of objects, nor objects on lines, nor columns of values")
        }
        lines.append(object)
      }
      rows = lines
    }
    let columns = Set(rows.flatMap(\.keys)).sorted()
    let entries = rows.enumerated().map { index, row in
      Entry(position: index + 1, cells: columns.map { row[$0].map(cell) ?? .null })
    }
    return (columns, entries)
  }

  /// Columns of values, as pandas writes them by default, as rows; `nil` if they aren't equally long.
  private static func turned(_ columns: [String: ConfigurationValue]) -> [[String: ConfigurationValue]]? {
    var rows: [[String: ConfigurationValue]] = []
    var order: [String]?
    for (name, column) in columns {
      let values: [ConfigurationValue]
      switch column {
      case .list(let list): values = list
      case .map(let map):
        let keys = order ?? map.keys.sorted { ($0.count, $0) < ($1.count, $1) }
        order = keys
        values = keys.compactMap { map[$0] }
        guard values.count == map.count else { return nil }
      default: return nil
      }
      if rows.isEmpty { rows = values.map { _ in [:] } }
      guard rows.count == values.count else { return nil }
      for (index, value) in values.enumerated() { rows[index][name] = value }
    }
    return rows
  }

  private static func cell(_ value: ConfigurationValue) -> GoldenValue {
    switch value {
    case .null: .null
    case .bool(let flag): .integer(flag ? 1 : 0)
    case .int(let number): .integer(number)
    case .float(let number): .real(number)
    case .string(let text): .text(text)
    case .list, .map: .text((try? VolumeText.encode(value)) ?? "")
    }
  }

  private static func database(_ path: String, _ table: String?) throws(GalleyError) -> ([String], [Entry]) {
    do {
      var configuration = Configuration()
      configuration.readonly = true
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      defer { try? queue.close() }
      return try queue.read { database in
        let names = try String.fetchAll(
          database, sql: "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
        ).filter { !$0.hasPrefix("sqlite_") }
        guard try Int.fetchOne(database, sql: "PRAGMA application_id") != VolumeSchema.applicationID else {
          throw refusal(path, "it is a golden volume", remedy: "galley golden merge adds volumes.")
        }
        guard let name = table ?? (names.count == 1 ? names.first : nil), names.contains(name) else {
          throw refusal(
            path, table.map { "there is no table '\($0)'" } ?? "it holds several tables",
            remedy: "Name one with --table: \(names.joined(separator: ", ")).")
        }
        let (columns, rows) = try GoldenVolumes.fetch(
          database, "SELECT * FROM \"\(name.replacing("\"", with: "\"\""))\"", [])
        return (columns, rows.enumerated().map { Entry(position: $0 + 1, cells: $1) })
      }
    } catch {
      throw VolumeFailure.explain(error, "read", path)
    }
  }
}
