// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Galley

/// A TOML document (version 1.0.0) as values; dates and times are texts.
package struct TOMLDocument: Equatable {
  /// The document's keys.
  package let values: [String: ConfigurationValue]

  /// Reads a document.
  /// - Throws: `TOMLProblem` with the first thing that is wrong.
  package init(_ text: String) throws(TOMLProblem) {
    var reader = TOMLReader(text)
    let root = TOMLNode(.header)
    var current = root
    while true {
      reader.skipBlank()
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

  /// Reads `[a.b]` or `[[a.b]]`.
  private static func header(_ reader: inout TOMLReader, _ root: TOMLNode) throws(TOMLProblem) -> TOMLNode {
    reader.advance()
    let isList = reader.take(UInt8(ascii: "["))
    let keys = try reader.keys()
    guard reader.take(UInt8(ascii: "]")), !isList || reader.take(UInt8(ascii: "]")) else {
      throw reader.problem("a header isn't closed")
    }
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
    var node = table
    for key in keys.dropLast() {
      guard let inner = node.open(key, as: .dotted), inner.origin == .dotted else {
        throw reader.problem("'\(key)' can't be added to")
      }
      node = inner
    }
    let entry = try reader.value()
    guard let last = keys.last, node.set(last, entry) else {
      throw reader.problem("'\(keys.joined(separator: "."))' is there twice")
    }
  }
}
