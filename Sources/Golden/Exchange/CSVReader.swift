// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Comma-separated records after RFC 4180: fields may be quoted, quotes are doubled, lines may stand in quotes.
struct CSVReader {
  /// A record with the line on which it begins.
  struct Record {
    var line: Int
    var fields: [String]
  }

  /// Why a text isn't a table.
  struct Fault: Error {
    var line: Int
    var why: String
  }

  private let bytes: [UInt8]
  private var position = 0
  private var line = 1

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    // A byte order mark is not part of the first field.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// All records that aren't empty.
  static func records(_ bytes: [UInt8]) throws(Fault) -> [Record] {
    var reader = CSVReader(bytes)
    var records: [Record] = []
    while let record = try reader.next() {
      if record.fields != [""] { records.append(record) }
    }
    return records
  }

  private mutating func next() throws(Fault) -> Record? {
    guard position < bytes.count else { return nil }
    var record = Record(line: line, fields: [])
    while true {
      record.fields.append(try field())
      guard position < bytes.count, bytes[position] == UInt8(ascii: ",") else { break }
      position += 1
    }
    endLine()
    return record
  }

  private mutating func field() throws(Fault) -> String {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return try plain() }
    let start = line
    position += 1
    var content: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") {
        guard position < bytes.count, bytes[position] == byte else { return try text(content) }
        position += 1
      }
      if byte == UInt8(ascii: "\n") { line += 1 }
      content.append(byte)
    }
    throw Fault(line: start, why: "a quotation mark isn't closed")
  }

  private mutating func plain() throws(Fault) -> String {
    let start = position
    while position < bytes.count, !",\n\r".utf8.contains(bytes[position]) { position += 1 }
    return try text(Array(bytes[start..<position]))
  }

  private mutating func endLine() {
    // What follows a closing quotation mark up to the end of the line belongs to no field.
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
    position = min(position + 1, bytes.count)
    line += 1
  }

  private func text(_ bytes: [UInt8]) throws(Fault) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Fault(line: line, why: "it isn't UTF-8 text")
    }
    return text
  }
}
