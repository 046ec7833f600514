// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Reads comma-separated records (RFC 4180: fields may be quoted, quotes are doubled, lines may stand in quotes) and
/// knows the line of each. Lines end with LF, CR LF or CR.
///
/// It works on bytes, because large tables are mostly digits; text is made only of the fields that are asked for.
public struct CSVRecords: Sendable {
  /// Why a record can't be read.
  public struct Fault: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong with it, for a person.
    public let description: String

    /// The end of the file comes before that of a quoted field.
    public static let unclosed = Fault(description: "a quoted field is not closed")
  }

  private struct Field {
    /// Where it lies, without its outer quotes.
    var place: Range<Int>
    var hasDoubledQuote = false
  }

  private let bytes: [UInt8]
  private var position = 0
  private var nextLine = 1
  private var fields: [Field] = []

  /// The line on which the current record begins, from 1; 0 before the first.
  public private(set) var line = 0
  /// The number of fields of the current record.
  public var count: Int { fields.count }

  /// Begins before the first record.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    // A byte order mark is not part of the first field.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// Reads the next record that isn't empty; false at the end.
  /// - Throws: `Fault` if a quotation mark isn't closed, or is followed by text.
  public mutating func next() throws(Fault) -> Bool {
    while position < bytes.count {
      line = nextLine
      try readRecord()
      if fields.count > 1 || fields.first.map({ !$0.place.isEmpty }) == true { return true }
    }
    return false
  }

  /// The text of a field of the current record.
  /// - Throws: `Fault` if there is no such field, or it isn't UTF-8.
  public func text(_ index: Int) throws(Fault) -> String {
    guard fields.indices.contains(index) else { throw Fault(description: "there is no column \(index + 1)") }
    let field = fields[index]
    let content = field.hasDoubledQuote ? undoubled(field.place)[...] : bytes[field.place]
    guard let text = String(validating: content, as: UTF8.self) else {
      throw Fault(description: "column \(index + 1) is not UTF-8 text")
    }
    return text
  }

  private func undoubled(_ place: Range<Int>) -> [UInt8] {
    var content: [UInt8] = []
    var index = place.lowerBound
    while index < place.upperBound {
      content.append(bytes[index])
      index += bytes[index] == UInt8(ascii: "\"") ? 2 : 1
    }
    return content
  }

  /// The texts of all fields of the current record.
  /// - Throws: `Fault` if one isn't UTF-8.
  public func texts() throws(Fault) -> [String] {
    var texts: [String] = []
    texts.reserveCapacity(count)
    for index in fields.indices { texts.append(try text(index)) }
    return texts
  }

  /// A field of the current record as a whole number from 0 to 255; `nil` if it is anything else.
  public func byte(_ index: Int) -> UInt8? {
    guard fields.indices.contains(index) else { return nil }
    let place = fields[index].place
    guard !place.isEmpty, place.count <= 3 else { return nil }
    var value = 0
    for byte in bytes[place] {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return UInt8(exactly: value)
  }

  private mutating func readRecord() throws(Fault) {
    fields.removeAll(keepingCapacity: true)
    while true {
      try readField()
      guard position < bytes.count else { return }
      let separator = bytes[position]
      position += 1
      // A comma at the end of the file is followed by an empty field.
      if separator == UInt8(ascii: ",") { continue }
      if separator == UInt8(ascii: "\r"), position < bytes.count, bytes[position] == UInt8(ascii: "\n") {
        position += 1
      }
      nextLine += 1
      return
    }
  }

  private mutating func readField() throws(Fault) {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      let start = position
      while position < bytes.count, !Self.endsField(bytes[position]) { position += 1 }
      return fields.append(Field(place: start..<position))
    }
    position += 1
    var field = Field(place: position..<position)
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "\n") { nextLine += 1 }
      if bytes[position] == UInt8(ascii: "\"") {
        guard position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "\"") else { break }
        field.hasDoubledQuote = true
        position += 1
      }
      position += 1
    }
    guard position < bytes.count else { throw Fault.unclosed }
    field.place = field.place.lowerBound..<position
    fields.append(field)
    position += 1
    guard position == bytes.count || Self.endsField(bytes[position]) else {
      throw Fault(description: "text follows the closing quote of column \(fields.count)")
    }
  }

  private static func endsField(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }
}

extension CSVRecords {
  /// Fields as one record, without the end of its line; what has a meaning of its own is quoted.
  public static func line(_ fields: some Sequence<String>) -> String {
    fields.map { field in
      field.utf8.contains { ",\"\n\r".utf8.contains($0) } ? "\"\(doubled(field))\"" : field
    }.joined(separator: ",")
  }

  /// By scalar: a quotation mark with a combining character behind it is one `Character`, and must be doubled too.
  private static func doubled(_ field: String) -> String {
    var text = String.UnicodeScalarView()
    for scalar in field.unicodeScalars {
      if scalar == "\"" { text.append(scalar) }
      text.append(scalar)
    }
    return String(text)
  }
}
