// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

/// The rows of a CSV file (RFC 4180).
struct CSVRows {
  var header: [String] = []
  var records: [[String]] = []

  init() {}

  /// Reads a file; a last row without an end of line was cut and is left out.
  init(_ bytes: [UInt8], at path: String) throws(GalleyError) {
    var (rows, row, field) = ([[String]](), [String](), [UInt8]())
    var (isQuoted, wasQuote) = (false, false)
    for byte in bytes {
      if isQuoted, !wasQuote {
        if byte == UInt8(ascii: "\"") { wasQuote = true } else { field.append(byte) }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""):
        // A quote in quotes is doubled.
        if wasQuote { field.append(byte) } else { isQuoted = true }
        wasQuote = false
      case UInt8(ascii: ","), UInt8(ascii: "\n"):
        row.append(String(decoding: field, as: UTF8.self))
        (field, isQuoted, wasQuote) = ([], false, false)
        if byte == UInt8(ascii: "\n") {
          rows.append(row)
          row = []
        }
      case UInt8(ascii: "\r"): continue
      default: field.append(byte)
      }
    }
    header = rows.first ?? []
    records = Array(rows.dropFirst())
    if let index = records.firstIndex(where: { $0.count != header.count }) {
      throw GalleyError(
        .badData, "can't resume the training log", at: "\(path), row \(index + 2)",
        why: "it has \(records[index].count) fields, but the header has \(header.count)",
        remedy: "Move the file away, or choose another folder for logs.")
    }
  }

  /// The file's bytes.
  var bytes: [UInt8] { Self.line(header) + records.flatMap(Self.line) }

  /// A row's bytes with the end of line.
  static func line(_ fields: [String]) -> [UInt8] { Array("\(CSVRecords.line(fields))\r\n".utf8) }
}
