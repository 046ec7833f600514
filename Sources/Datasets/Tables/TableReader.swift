// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Reads comma-separated records (RFC 4180: fields may be quoted, quotes are doubled) and knows the line of each.
///
/// It works on bytes, because a table of pixels is mostly digits; text is made only of the fields that are asked for.
struct TableReader {
  private let bytes: [UInt8]
  private let file: String
  private var position = 0
  private(set) var line = 0
  private var nextLine = 1

  /// Where each field of the current record lies, without its outer quotes.
  private(set) var fields: [Range<Int>] = []

  init(bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
    // A byte order mark is not part of the first field.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// Reads the next record that isn't empty; false at the end.
  mutating func next() throws(GalleyError) -> Bool {
    while position < bytes.count {
      line = nextLine
      try readRecord()
      if fields.count > 1 || fields.first.map({ !$0.isEmpty }) == true { return true }
    }
    return false
  }

  /// The text of a field of the current record.
  func text(_ index: Int) throws(GalleyError) -> String {
    guard fields.indices.contains(index) else { throw refusal("there is no column \(index + 1)") }
    guard let text = String(validating: bytes[fields[index]], as: UTF8.self) else {
      throw refusal("column \(index + 1) is not UTF-8 text")
    }
    return text.contains("\"\"")
      ? text.split(separator: "\"\"", omittingEmptySubsequences: false).joined(separator: "\"") : text
  }

  /// A field of the current record as a whole number from 0 to 255; `nil` if it is anything else.
  func byte(_ index: Int) -> UInt8? {
    guard fields.indices.contains(index), !fields[index].isEmpty, fields[index].count <= 3 else { return nil }
    var value = 0
    for byte in bytes[fields[index]] {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return UInt8(exactly: value)
  }

  /// An error about the current record.
  func refusal(_ why: String) -> GalleyError {
    GalleyError(
      .badData, "can't read the table", at: "\(file):\(line)", why: why,
      remedy: "Correct this line, or remove it; nothing was skipped.")
  }

  private mutating func readRecord() throws(GalleyError) {
    fields.removeAll(keepingCapacity: true)
    while true {
      try readField()
      guard position < bytes.count else { return }
      let separator = bytes[position]
      position += 1
      if separator == UInt8(ascii: ",") {
        // A comma at the end of the file is followed by an empty field.
        if position == bytes.count { fields.append(position..<position) }
        continue
      }
      if separator == UInt8(ascii: "\r"), position < bytes.count, bytes[position] == UInt8(ascii: "\n") {
        position += 1
      }
      nextLine += 1
      return
    }
  }

  private mutating func readField() throws(GalleyError) {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      let start = position
      while position < bytes.count, !Self.endsField(bytes[position]) { position += 1 }
      fields.append(start..<position)
      return
    }
    let start = position + 1
    position = start
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "\n") { nextLine += 1 }
      if bytes[position] == UInt8(ascii: "\"") {
        guard position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "\"") else { break }
        position += 1
      }
      position += 1
    }
    guard position < bytes.count else { throw refusal("a quoted field is not closed") }
    fields.append(start..<position)
    position += 1
    guard position == bytes.count || Self.endsField(bytes[position]) else {
      throw refusal("text follows the closing quote of column \(fields.count)")
    }
  }

  private static func endsField(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }
}
