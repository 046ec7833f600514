// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Galley

/// A TOML document (version 1.0.0) as values; dates and times are texts.
package struct TOMLDocument: Equatable {
  /// The document's keys.
  package let values: [String: ConfigurationValue]

  /// Reads a document.
  /// - Throws: `TOMLProblem` with the first thing that is wrong.
  package init(_ text: String) throws(TOMLProblem) { try self.init(utf8: Array(text.utf8)) }

  /// Reads a document from its bytes.
  /// - Throws: `TOMLProblem` with the first thing that is wrong.
  package init(utf8 bytes: [UInt8]) throws(TOMLProblem) {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw Self.notUTF8(bytes) }
    var reader = TOMLReader(bytes)
    let root = TOMLNode(.header, depth: 0)
    var current = root
    while true {
      try reader.skipBlank()
      guard let next = reader.peek else { break }
      if next == UInt8(ascii: "[") {
        current = try Self.header(&reader, root)
      } else {
        try Self.pair(&reader, into: current)
      }
      try reader.endLine()
    }
    guard case .map(let values) = root.value else { throw reader.problem("it is no document") }
    self.values = values
  }

  /// Names the line on which the bytes stop being UTF-8.
  private static func notUTF8(_ bytes: [UInt8]) -> TOMLProblem {
    // A line feed is never a part of a longer character, so each line can be judged alone.
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
    return TOMLProblem(line: bad + 1, why: "it is not UTF-8")
  }

  /// Reads `[a.b]` or `[[a.b]]`.
  private static func header(_ reader: inout TOMLReader, _ root: TOMLNode) throws(TOMLProblem) -> TOMLNode {
    reader.advance()
    let isList = reader.take(UInt8(ascii: "["))
    let keys = try reader.keys()
    guard reader.take(UInt8(ascii: "]")), !isList || reader.take(UInt8(ascii: "]")) else {
      throw reader.problem("a header isn't closed")
    }
    try reader.checkDepth(keys.count)
    var node = root
    for key in keys.dropLast() {
      guard let inner = node.open(key, as: .implied) else { throw reader.problem("'\(key)' is no table") }
      node = inner
    }
    let last = keys.last ?? ""
    if isList {
      guard let new = node.append(last) else { throw reader.problem("'\(last)' is no list of tables") }
      return new
    }
    if case .tables? = node.entries[last] { throw reader.problem("'\(last)' is a list of tables") }
    let isNew = node.entries[last] == nil
    guard let table = node.open(last, as: .header) else { throw reader.problem("'\(last)' is no table") }
    guard isNew || table.origin == .implied else { throw reader.problem("the table '\(last)' is there twice") }
    table.origin = .header
    return table
  }

  /// Reads `key = value`.
  static func pair(_ reader: inout TOMLReader, into table: TOMLNode) throws(TOMLProblem) {
    let keys = try reader.keys()
    guard reader.take(UInt8(ascii: "=")) else { throw reader.problem("'=' is missing after a key") }
    reader.skipSpaces()
    try reader.checkDepth(table.depth + keys.count)
    var node = table
    for key in keys.dropLast() {
      guard let inner = node.open(key, as: .dotted), inner.origin == .dotted else {
        throw reader.problem("'\(key)' can't be added to")
      }
      node = inner
    }
    let entry = try reader.value(at: node.depth)
    guard let last = keys.last, node.set(last, entry) else {
      throw reader.problem("'\(keys.joined(separator: "."))' is there twice")
    }
  }
}
