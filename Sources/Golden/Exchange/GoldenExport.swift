// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import FoundationEssentials
public import Galley

/// Rows as files that others read: `pandas.read_csv(FILE)`, `pandas.read_json(FILE)`.
public enum GoldenExport {
  /// The format of a file.
  public enum Format: String, Sendable, Hashable, CaseIterable { case csv, json }

  /// The format that a file's name asks for.
  public static func format(of path: String) -> Format? {
    Format(rawValue: path.lowercased().split(separator: ".").last.map(String.init) ?? "")
  }

  /// The table's bytes. In CSV a missing value is an empty field, in JSON it is null; numbers have as many digits as
  /// give the same number when read.
  /// - Throws: `GalleyError` if a text can't be written as JSON.
  public static func encode(_ table: GoldenTable, as format: Format) throws(GalleyError) -> Data {
    switch format {
    case .csv: return csv(table)
    case .json: return try json(table)
    }
  }

  private static func csv(_ table: GoldenTable) -> Data {
    var data = Data()
    func append(_ cells: [String]) { data.append(contentsOf: "\(CSVRecords.line(cells))\n".utf8) }
    append(table.columns)
    for row in table.rows { append(row.map(\.plain)) }
    return data
  }

  private static func json(_ table: GoldenTable) throws(GalleyError) -> Data {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.withoutEscapingSlashes]
      let keys = try table.columns.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
      var bytes = Array("[".utf8)
      for (index, row) in table.rows.enumerated() {
        bytes.append(contentsOf: (index == 0 ? "\n {" : ",\n {").utf8)
        for (position, value) in row.enumerated() {
          bytes.append(contentsOf: (position == 0 ? "" : ", ").utf8)
          bytes.append(contentsOf: keys[position].utf8)
          bytes.append(contentsOf: ": ".utf8)
          bytes.append(contentsOf: try encoder.encode(value))
        }
        bytes.append(UInt8(ascii: "}"))
      }
      bytes.append(contentsOf: "\n]\n".utf8)
      return Data(bytes)
    } catch {
      throw GalleyError(.software, "can't write the rows as JSON", why: "\(error)")
    }
  }
}
