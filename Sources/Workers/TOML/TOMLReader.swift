// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Reads the parts of a TOML document from its bytes.
struct TOMLReader {
  let bytes: [UInt8]
  private(set) var position = 0
  private var line = 1
  /// How deep the value lies that is read: values within values, and the tables around them.
  private var depth = 0
  /// How deep values and tables may lie: each level is a step of recursion.
  static let depthLimit = 64

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    // A byte order mark at the beginning says nothing.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// The next byte; `nil` at the end.
  var peek: UInt8? { byte(0) }

  func problem(_ why: String) -> TOMLProblem { TOMLProblem(line: line, why: why) }

  mutating func advance(_ count: Int = 1) {
    for _ in 0..<count where position < bytes.count {
      if bytes[position] == UInt8(ascii: "\n") { line += 1 }
      position += 1
    }
  }

  /// Takes a byte if it is the next.
  mutating func take(_ expected: UInt8) -> Bool {
    guard peek == expected else { return false }
    advance()
    return true
  }

  /// Takes a text if it is next.
  mutating func take(_ expected: String) -> Bool {
    let wanted = Array(expected.utf8)
    guard position + wanted.count <= bytes.count, Array(bytes[position..<position + wanted.count]) == wanted else {
      return false
    }
    advance(wanted.count)
    return true
  }

  mutating func skipSpaces() {
    while let next = peek, next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") { advance() }
  }

  /// Skips spaces, line ends and comments.
  mutating func skipBlank() throws(TOMLProblem) {
    while let next = peek {
      switch next {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"): advance()
      case UInt8(ascii: "\r"): try skipReturn()
      case UInt8(ascii: "#"): try skipComment()
      default: return
      }
    }
  }

  /// Nothing but a comment may follow on the line.
  mutating func endLine() throws(TOMLProblem) {
    skipSpaces()
    if peek == UInt8(ascii: "#") { try skipComment() }
    if peek == UInt8(ascii: "\r") { try skipReturn() }
    guard peek == nil || peek == UInt8(ascii: "\n") else { throw problem("more follows on the line") }
  }

  private mutating func skipComment() throws(TOMLProblem) {
    while let next = peek, next != UInt8(ascii: "\n"), !isLineEnd { try advance(over: next) }
  }

  /// A carriage return belongs to a line feed.
  private mutating func skipReturn() throws(TOMLProblem) {
    guard isLineEnd else { throw problem("a carriage return stands alone") }
    advance()
  }

  /// Whether a carriage return and a line feed are next.
  var isLineEnd: Bool { peek == UInt8(ascii: "\r") && byte(1) == UInt8(ascii: "\n") }

  /// Skips a byte of a text or a comment, which may not be a control character other than the tabulator.
  mutating func advance(over next: UInt8) throws(TOMLProblem) {
    guard next >= 0x20 && next != 0x7F || next == UInt8(ascii: "\t") else {
      throw problem("a control character stands there as it is; write it as an escape")
    }
    advance()
  }

  func byte(_ distance: Int) -> UInt8? {
    bytes.indices.contains(position + distance) ? bytes[position + distance] : nil
  }

  /// What lies deeper than the limit is refused.
  func checkDepth(_ depth: Int) throws(TOMLProblem) {
    guard depth <= Self.depthLimit else { throw problem("tables and lists lie more than \(Self.depthLimit) deep") }
  }

  // MARK: Keys

  /// One key or several with dots between them, and the spaces around them.
  mutating func keys() throws(TOMLProblem) -> [String] {
    var keys: [String] = []
    repeat {
      skipSpaces()
      keys.append(try key())
      skipSpaces()
    } while take(UInt8(ascii: "."))
    return keys
  }

  private mutating func key() throws(TOMLProblem) -> String {
    switch peek {
    case UInt8(ascii: "\"")?: return try basicString()
    case UInt8(ascii: "'")?: return try literalString()
    default:
      let start = position
      while let next = peek, Self.isBare(next) { advance() }
      guard position > start else { throw problem("a key is missing") }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }
  }

  private static func isBare(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  // MARK: Values

  /// The value that begins here, of a table that lies so deep.
  mutating func value(at tableDepth: Int) throws(TOMLProblem) -> TOMLNode.Entry {
    let outer = depth
    depth = tableDepth
    defer { depth = outer }
    return try value()
  }

  private mutating func value() throws(TOMLProblem) -> TOMLNode.Entry {
    depth += 1
    defer { depth -= 1 }
    try checkDepth(depth)
    switch peek {
    case UInt8(ascii: "\"")?:
      return .value(.string(take("\"\"\"") ? try longString(UInt8(ascii: "\"")) : try basicString()))
    case UInt8(ascii: "'")?:
      return .value(.string(take("'''") ? try longString(UInt8(ascii: "'")) : try literalString()))
    case UInt8(ascii: "[")?: return .value(.list(try list()))
    case UInt8(ascii: "{")?: return .table(try inlineTable())
    default: return .value(try word())
    }
  }

  private mutating func list() throws(TOMLProblem) -> [ConfigurationValue] {
    advance()
    var values: [ConfigurationValue] = []
    while true {
      try skipBlank()
      if take(UInt8(ascii: "]")) { return values }
      switch try value() {
      case .value(let value): values.append(value)
      case .table(let node): values.append(node.value)
      case .tables(let nodes): values.append(.list(nodes.map(\.value)))
      }
      try skipBlank()
      if take(UInt8(ascii: "]")) { return values }
      guard take(UInt8(ascii: ",")) else { throw problem("a list isn't closed") }
    }
  }

  private mutating func inlineTable() throws(TOMLProblem) -> TOMLNode {
    advance()
    let node = TOMLNode(.header, depth: depth)
    skipSpaces()
    if take(UInt8(ascii: "}")) {
      node.origin = .closed
      return node
    }
    while true {
      try TOMLDocument.pair(&self, into: node)
      skipSpaces()
      if take(UInt8(ascii: "}")) {
        node.origin = .closed
        return node
      }
      guard take(UInt8(ascii: ",")) else { throw problem("a table in braces isn't closed") }
    }
  }

  /// A number, a truth value, or a date and time, which may have one space within.
  private mutating func word() throws(TOMLProblem) -> ConfigurationValue {
    let start = position
    while let next = peek, Self.isBare(next) || "+.:".utf8.contains(next) || isBetweenDateAndTime(start) { advance() }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let value = TOMLWord(text).value else {
      throw problem(text.isEmpty ? "a value is missing" : "'\(text)' is no value")
    }
    return value
  }

  private func isBetweenDateAndTime(_ start: Int) -> Bool {
    guard peek == UInt8(ascii: " "), position - start == 10, let next = byte(1), let third = byte(3) else {
      return false
    }
    return (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) && third == UInt8(ascii: ":")
  }
}
