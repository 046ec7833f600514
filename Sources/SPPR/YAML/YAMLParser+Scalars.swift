// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension YAMLParser {
  // MARK: Without quotes

  /// Reads a scalar without quotes, over several lines if they are indented deeper than `parent`.
  mutating func parsePlain(parent: Int, inFlow: Bool) throws(YAMLProblem) -> String {
    var text = String.UnicodeScalarView()
    var end = cursor
    while cursor.peek() != "#" {
      let start = cursor.index
      while !endsPlain(inFlow: inFlow) {
        text.append(cursor.peek())
        cursor.advance()
      }
      guard cursor.index > start else { break }
      end = cursor
      guard let space = foldSpaces(), inFlow || !cursor.isFirstOnLine || cursor.column > parent else { break }
      // The space counts only if more text follows it.
      guard cursor.peek() != "#", !endsPlain(inFlow: inFlow) else { break }
      text.append(contentsOf: space)
    }
    cursor = end
    return String(text)
  }

  private func endsPlain(inFlow: Bool) -> Bool {
    let character = cursor.peek()
    if YAMLCursor.isBlank(character) { return true }
    if character == ":" {
      let next = cursor.peek(1)
      return YAMLCursor.isBlank(next) || inFlow && ",[]{}".unicodeScalars.contains(next)
    }
    return inFlow && ",?[]{}".unicodeScalars.contains(character)
  }

  /// Steps over the spaces and line breaks within a plain scalar; `nil` if there are none or the document ends.
  private mutating func foldSpaces() -> String.UnicodeScalarView? {
    let count = cursor.skipSpaces()
    guard YAMLCursor.isBreak(cursor.peek()) else {
      return count > 0 ? String.UnicodeScalarView(repeatElement(" ", count: count)) : nil
    }
    var breaks: [Unicode.Scalar] = []
    while YAMLCursor.isBreak(cursor.peek()) {
      breaks.append(cursor.advanceBreak())
      if cursor.isAtDocumentMark { return nil }
      cursor.skipSpaces()
    }
    return Self.fold(breaks)
  }

  /// A single line break reads as a space; of several the first is dropped.
  private static func fold(_ breaks: [Unicode.Scalar]) -> String.UnicodeScalarView {
    var result = String.UnicodeScalarView()
    guard let first = breaks.first else { return result }
    if first != "\n" { result.append(first) } else if breaks.count == 1 { result.append(" ") }
    result.append(contentsOf: breaks.dropFirst())
    return result
  }

  // MARK: In quotes

  mutating func parseSingleQuoted() throws(YAMLProblem) -> String {
    var text = String.UnicodeScalarView()
    cursor.advance()
    while true {
      switch cursor.peek() {
      case "'" where cursor.peek(1) == "'":
        text.append("'")
        cursor.advance(2)
      case "'":
        cursor.advance()
        return String(text)
      case let character where YAMLCursor.isBlank(character): text.append(contentsOf: try quotedSpaces())
      case let character:
        text.append(character)
        cursor.advance()
      }
    }
  }

  mutating func parseDoubleQuoted() throws(YAMLProblem) -> String {
    var text = String.UnicodeScalarView()
    cursor.advance()
    while true {
      switch cursor.peek() {
      case "\"":
        cursor.advance()
        return String(text)
      case "\\" where YAMLCursor.isBreak(cursor.peek(1)):
        cursor.advance()
        _ = cursor.advanceBreak()
        text.append(contentsOf: try quotedBreaks())
      case "\\": text.append(try parseEscape())
      case let character where YAMLCursor.isBlank(character): text.append(contentsOf: try quotedSpaces())
      case let character:
        text.append(character)
        cursor.advance()
      }
    }
  }

  private mutating func quotedSpaces() throws(YAMLProblem) -> String.UnicodeScalarView {
    var spaces = String.UnicodeScalarView()
    while cursor.peek() == " " || cursor.peek() == "\t" {
      spaces.append(cursor.peek())
      cursor.advance()
    }
    if cursor.isAtEnd { throw problem("the text ends before its quote closes") }
    guard YAMLCursor.isBreak(cursor.peek()) else { return spaces }
    let first = cursor.advanceBreak()
    return Self.fold([first] + (try quotedBreaks()))
  }

  /// Steps over empty lines and the next line's indentation.
  private mutating func quotedBreaks() throws(YAMLProblem) -> [Unicode.Scalar] {
    var breaks: [Unicode.Scalar] = []
    while true {
      if cursor.isAtDocumentMark { throw problem("a document mark stands inside quotes") }
      while cursor.peek() == " " || cursor.peek() == "\t" { cursor.advance() }
      guard YAMLCursor.isBreak(cursor.peek()) else { return breaks }
      breaks.append(cursor.advanceBreak())
    }
  }

  private static let escapes: [Unicode.Scalar: Unicode.Scalar] = [
    "0": "\0", "a": "\u{7}", "b": "\u{8}", "t": "\t", "\t": "\t", "n": "\n", "v": "\u{B}", "f": "\u{C}", "r": "\r",
    "e": "\u{1B}", " ": " ", "\"": "\"", "\\": "\\", "/": "/", "N": "\u{85}", "_": "\u{A0}", "L": "\u{2028}",
    "P": "\u{2029}",
  ]
  private static let escapeLengths: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]

  private mutating func parseEscape() throws(YAMLProblem) -> Unicode.Scalar {
    let letter = cursor.peek(1)
    if let character = Self.escapes[letter] {
      cursor.advance(2)
      return character
    }
    guard let length = Self.escapeLengths[letter] else { throw problem("the escape '\\\(letter)' is not known") }
    var code: UInt32 = 0
    for place in 0..<length {
      guard let digit = Character(cursor.peek(2 + place)).hexDigitValue, cursor.peek(2 + place).isASCII else {
        throw problem("\(length) hexadecimal digits are expected after '\\\(letter)'")
      }
      code = code << 4 | UInt32(digit)
    }
    guard let character = Unicode.Scalar(code) else {
      throw problem("U+\(String(code, radix: 16, uppercase: true)) is no character")
    }
    cursor.advance(2 + length)
    return character
  }

  // MARK: Blocks

  /// Reads a scalar after `|` or `>`, whose lines are indented deeper than `parent`.
  mutating func parseBlockScalar(parent: Int) throws(YAMLProblem) -> String {
    let isFolded = cursor.peek() == ">"
    cursor.advance()
    let (keepsBreaks, increment) = try parseBlockHeader()
    let minimum = max(parent + 1, 1)
    var breaks: [Unicode.Scalar] = []
    var indent = minimum
    if let increment {
      indent = minimum + increment - 1
    } else {
      var probe = cursor
      indent = max(minimum, Self.deepestBlank(&probe))
    }
    skipBlockBreaks(indent, into: &breaks)
    var text = String.UnicodeScalarView()
    var last: Unicode.Scalar?
    while cursor.column == indent, !cursor.isAtEnd {
      text.append(contentsOf: breaks)
      breaks = []
      let startsDeeper = cursor.peek() == " " || cursor.peek() == "\t"
      while !cursor.isAtEnd, !YAMLCursor.isBreak(cursor.peek()) {
        text.append(cursor.peek())
        cursor.advance()
      }
      last = YAMLCursor.isBreak(cursor.peek()) ? cursor.advanceBreak() : nil
      skipBlockBreaks(indent, into: &breaks)
      guard cursor.column == indent, !cursor.isAtEnd else { break }
      let continuesDeeper = cursor.peek() == " " || cursor.peek() == "\t"
      if isFolded, last == "\n", !startsDeeper, !continuesDeeper {
        if breaks.isEmpty { text.append(" ") }
      } else if let last {
        text.append(last)
      }
    }
    if keepsBreaks != false, let last { text.append(last) }
    if keepsBreaks == true { text.append(contentsOf: breaks) }
    return String(text)
  }

  /// Reads what may follow `|` or `>`: `+` or `-`, the indentation, a comment.
  private mutating func parseBlockHeader() throws(YAMLProblem) -> (keepsBreaks: Bool?, increment: Int?) {
    var keepsBreaks: Bool?
    var increment: Int?
    for _ in 0..<2 {
      switch cursor.peek() {
      case "+" where keepsBreaks == nil, "-" where keepsBreaks == nil:
        keepsBreaks = cursor.peek() == "+"
        cursor.advance()
      case "1"..."9" where increment == nil:
        increment = Int(cursor.peek().value - 48)
        cursor.advance()
      default: break
      }
    }
    let spaces = cursor.skipSpaces()
    if cursor.peek() == "#", spaces > 0 {
      while !cursor.isAtEnd, !YAMLCursor.isBreak(cursor.peek()) { cursor.advance() }
    }
    if cursor.isAtEnd { return (keepsBreaks, increment) }
    guard YAMLCursor.isBreak(cursor.peek()) else {
      throw problem("a line break is expected after '|' or '>' and its marks")
    }
    _ = cursor.advanceBreak()
    return (keepsBreaks, increment)
  }

  /// How far the first line that holds text, or an empty line before it, is indented.
  private static func deepestBlank(_ probe: inout YAMLCursor) -> Int {
    var deepest = 0
    while true {
      probe.skipSpaces()
      deepest = max(deepest, probe.column)
      guard YAMLCursor.isBreak(probe.peek()) else { return deepest }
      _ = probe.advanceBreak()
    }
  }

  /// Steps over empty lines and at most `indent` spaces of the line after them.
  private mutating func skipBlockBreaks(_ indent: Int, into breaks: inout [Unicode.Scalar]) {
    while true {
      while cursor.column < indent, cursor.peek() == " " { cursor.skipSpace() }
      guard YAMLCursor.isBreak(cursor.peek()) else { return }
      breaks.append(cursor.advanceBreak())
    }
  }
}
