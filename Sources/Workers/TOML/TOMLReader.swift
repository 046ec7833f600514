// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Reads the parts of a TOML document from its bytes.
struct TOMLReader {
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1
  /// Values within values.
  private var depth = 0
  private static let depthLimit = 64

  init(_ text: String) { bytes = Array(text.utf8) }

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
  mutating func skipBlank() {
    while let next = peek {
      switch next {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): advance()
      case UInt8(ascii: "#"): skipComment()
      default: return
      }
    }
  }

  /// Nothing but a comment may follow on the line.
  mutating func endLine() throws(TOMLProblem) {
    skipSpaces()
    if peek == UInt8(ascii: "#") { skipComment() }
    if peek == UInt8(ascii: "\r") { advance() }
    guard peek == nil || peek == UInt8(ascii: "\n") else { throw problem("more follows on the line") }
  }

  private mutating func skipComment() {
    while let next = peek, next != UInt8(ascii: "\n") { advance() }
  }

  private func byte(_ distance: Int) -> UInt8? {
    bytes.indices.contains(position + distance) ? bytes[position + distance] : nil
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

  /// The value that begins here.
  mutating func value() throws(TOMLProblem) -> TOMLNode.Entry {
    guard depth < Self.depthLimit else { throw problem("values lie more than \(Self.depthLimit) deep") }
    depth += 1
    defer { depth -= 1 }
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
      skipBlank()
      if take(UInt8(ascii: "]")) { return values }
      switch try value() {
      case .value(let value): values.append(value)
      case .table(let node): values.append(node.value)
      case .tables(let nodes): values.append(.list(nodes.map(\.value)))
      }
      skipBlank()
      if take(UInt8(ascii: "]")) { return values }
      guard take(UInt8(ascii: ",")) else { throw problem("a list isn't closed") }
    }
  }

  private mutating func inlineTable() throws(TOMLProblem) -> TOMLNode {
    advance()
    let node = TOMLNode(.header)
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

extension TOMLReader {
  // MARK: Texts

  private mutating func literalString() throws(TOMLProblem) -> String {
    advance()
    let start = position
    while let next = peek, next != UInt8(ascii: "\n") {
      if next == UInt8(ascii: "'") {
        defer { advance() }
        return String(decoding: bytes[start..<position], as: UTF8.self)
      }
      advance()
    }
    throw problem("a text isn't closed")
  }

  private mutating func basicString() throws(TOMLProblem) -> String {
    advance()
    var text: [UInt8] = []
    while let next = peek, next != UInt8(ascii: "\n") {
      advance()
      switch next {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text += try escape()
      default: text.append(next)
      }
    }
    throw problem("a text isn't closed")
  }

  /// A text of several lines, behind its three opening quotes.
  private mutating func longString(_ quote: UInt8) throws(TOMLProblem) -> String {
    if peek == UInt8(ascii: "\r"), byte(1) == UInt8(ascii: "\n") { advance() }
    if peek == UInt8(ascii: "\n") { advance() }
    var text: [UInt8] = []
    while let next = peek {
      if next == quote, byte(1) == quote, byte(2) == quote {
        advance(3)
        // Up to two quotes may stand before the closing three.
        for _ in 0..<2 where peek == quote {
          text.append(quote)
          advance()
        }
        return String(decoding: text, as: UTF8.self)
      }
      advance()
      if next == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        if !skipLineEnd() { text += try escape() }
      } else {
        text.append(next)
      }
    }
    throw problem("a text isn't closed")
  }

  /// Behind a backslash: a line end and the blanks after it say nothing.
  private mutating func skipLineEnd() -> Bool {
    var ahead = 0
    while let next = byte(ahead), next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") || next == UInt8(ascii: "\r")
    {
      ahead += 1
    }
    guard byte(ahead) == UInt8(ascii: "\n") else { return false }
    while let next = peek, " \t\r\n".utf8.contains(next) { advance() }
    return true
  }

  private mutating func escape() throws(TOMLProblem) -> [UInt8] {
    guard let letter = peek else { throw problem("a text isn't closed") }
    advance()
    switch letter {
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): return [letter]
    case UInt8(ascii: "u"): return try scalar(digits: 4)
    case UInt8(ascii: "U"): return try scalar(digits: 8)
    default: throw problem("an escape that TOML doesn't know")
    }
  }

  private mutating func scalar(digits: Int) throws(TOMLProblem) -> [UInt8] {
    let text = String(decoding: bytes[position..<min(bytes.count, position + digits)], as: UTF8.self)
    guard text.utf8.count == digits, let number = UInt32(text, radix: 16), let scalar = Unicode.Scalar(number) else {
      throw problem("an escape is no character")
    }
    advance(digits)
    return Array(String(Character(scalar)).utf8)
  }
}
