// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Cuts a text into tokens.
struct Lexer {
  private let text: String
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) throws(ExpressionError) {
    guard text.utf8.count <= ParsedExpression.maximumLength else {
      throw ExpressionError(
        "it has \(text.utf8.count) bytes; \(ParsedExpression.maximumLength) are the most", column: 1, in: text)
    }
    self.text = text
    self.bytes = Array(text.utf8)
  }

  /// All tokens, `.end` last.
  mutating func tokens() throws(ExpressionError) -> [Token] {
    var tokens: [Token] = []
    while true {
      skipSpace()
      let start = position
      let kind = try next()
      tokens.append(Token(kind: kind, range: start..<position))
      if kind == .end { return tokens }
    }
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func byte(after count: Int) -> UInt8? {
    position + count < bytes.count ? bytes[position + count] : nil
  }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || (0x09...0x0D).contains(byte) { position += 1 }
  }

  private mutating func next() throws(ExpressionError) -> Token.Kind {
    guard let byte = current else { return .end }
    if byte.isDigitByte { return try number() }
    if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") { return .text(try quotedText(until: byte)) }
    if byte.isLetterByte || byte == UInt8(ascii: "`") || byte == UInt8(ascii: ".") { return try pathOrKeyword() }
    return .symbol(try symbol())
  }

  private func error(
    _ message: String, at offset: Int, suggestion: String? = nil
  ) -> ExpressionError {
    ExpressionError(message, column: Self.column(of: offset, in: bytes), in: text, suggestion: suggestion)
  }

  /// The number of characters before a byte, plus one.
  static func column(of offset: Int, in bytes: some Collection<UInt8>) -> Int {
    String(decoding: bytes.prefix(offset), as: UTF8.self).count + 1
  }

  private mutating func symbol() throws(ExpressionError) -> Symbol {
    for symbol in Symbol.allCases where bytes[position...].starts(with: symbol.rawValue.utf8) {
      if symbol == .less, byte(after: 1) == UInt8(ascii: ">") { break }
      position += symbol.rawValue.utf8.count
      return symbol
    }
    let foreign = Symbol.foreign.first { bytes[position...].starts(with: $0.spelling.utf8) }
    let found = foreign?.spelling ?? character(at: position)
    throw error("'\(found)' has no meaning here", at: position, suggestion: foreign?.meaning)
  }

  /// The character that begins at a byte; control characters by their number.
  private func character(at offset: Int) -> String {
    guard let character = String(decoding: bytes[offset...], as: UTF8.self).first else { return "the end" }
    guard let scalar = character.unicodeScalars.first, scalar.value >= 0x20, scalar.value != 0x7F else {
      return "a control character"
    }
    return String(character)
  }
}

// MARK: Words

extension Lexer {
  private mutating func pathOrKeyword() throws(ExpressionError) -> Token.Kind {
    let start = position
    var path = ""
    var wordCount = 0
    var isQuoted = false
    if current == UInt8(ascii: ".") {
      position += 1
      path = "."
      if let byte = current, byte.isDigitByte {
        throw error("a number begins with a digit", at: start, suggestion: "0.\(character(at: position))")
      }
    }
    while true {
      if current == UInt8(ascii: "`") {
        path += try quotedWord()
        isQuoted = true
      } else {
        path += try plainWord()
      }
      wordCount += 1
      guard current == UInt8(ascii: ".") else { break }
      position += 1
      path += "."
    }
    if wordCount == 1, !isQuoted, !path.hasPrefix(".") { return try singleWord(path, at: start) }
    return .path(path, isSingleWord: false)
  }

  private func singleWord(_ word: String, at start: Int) throws(ExpressionError) -> Token.Kind {
    if let keyword = Keyword(rawValue: word) { return .keyword(keyword) }
    if let keyword = Keyword.foreign(word) {
      throw error("'\(word)' is not a word of this language", at: start, suggestion: keyword.rawValue)
    }
    return .path(word, isSingleWord: true)
  }

  private mutating func plainWord() throws(ExpressionError) -> String {
    let start = position
    while let byte = current, byte.isWordByte { position += 1 }
    guard position > start else {
      throw error("a dot must be followed by a word", at: start)
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func quotedWord() throws(ExpressionError) -> String {
    let start = position
    position += 1
    while let byte = current, byte != UInt8(ascii: "`") {
      guard byte >= 0x20, byte != 0x7F, byte != UInt8(ascii: ".") else {
        throw error(
          byte == UInt8(ascii: ".") ? "a dot can't stand within backticks" : "the backtick isn't closed", at: position)
      }
      position += 1
    }
    guard current != nil else { throw error("the backtick isn't closed", at: start) }
    defer { position += 1 }
    guard position > start + 1 else { throw error("there is nothing between the backticks", at: start) }
    return String(decoding: bytes[start + 1..<position], as: UTF8.self)
  }
}

// MARK: Text

extension Lexer {
  private mutating func quotedText(until quote: UInt8) throws(ExpressionError) -> String {
    let start = position
    var content: [UInt8] = []
    position += 1
    while let byte = current, byte != quote {
      if byte == UInt8(ascii: "\\") {
        content += Array(String(Character(try escapedScalar())).utf8)
      } else if byte == 0x0A || byte == 0x0D {
        break
      } else {
        content.append(byte)
        position += 1
      }
    }
    guard current == quote else { throw error("the text that begins here isn't closed", at: start) }
    position += 1
    return String(decoding: content, as: UTF8.self)
  }

  private mutating func escapedScalar() throws(ExpressionError) -> Unicode.Scalar {
    let start = position
    position += 2
    guard let letter = byte(after: -1) else { throw error("the text ends within an escape", at: start) }
    if let scalar = TextLiteral.scalar(forEscape: letter) { return scalar }
    guard letter == UInt8(ascii: "u"), current == UInt8(ascii: "{") else {
      throw error(
        "there is no such escape; there are \\n, \\t, \\r, \\\\, \\', \\\" and \\u{1F600}", at: start)
    }
    position += 1
    let digits = bytes[position...].prefix(8).prefix { $0 != UInt8(ascii: "}") }
    position += digits.count
    guard current == UInt8(ascii: "}"), digits.first != UInt8(ascii: "+"),
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16), let scalar = Unicode.Scalar(value)
    else {
      throw error("\\u{} needs the hexadecimal number of a character", at: start)
    }
    position += 1
    return scalar
  }
}

// MARK: Numbers

extension Lexer {
  private mutating func number() throws(ExpressionError) -> Token.Kind {
    let start = position
    var isWhole = true
    skipDigits()
    if current == UInt8(ascii: ".") {
      isWhole = false
      position += 1
      try requireDigits("a decimal point must be followed by a digit")
    }
    if hasExponent {
      isWhole = false
      position += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
      try requireDigits("an exponent must be a whole number")
    }
    let digits = String(decoding: bytes[start..<position], as: UTF8.self)
    return .number(try magnitude(digits, isWhole: isWhole, at: start), try unit())
  }

  private func magnitude(
    _ digits: String, isWhole: Bool, at start: Int
  ) throws(ExpressionError) -> Token.Magnitude {
    if isWhole {
      guard let value = UInt64(digits), value <= Int.min.magnitude else {
        throw error(
          "the whole number is too large", at: start, suggestion: digits.utf8.count < 300 ? "\(digits).0" : nil)
      }
      return .whole(value)
    }
    guard let value = Double(digits), value.isFinite else { throw error("the number is too large", at: start) }
    return .fraction(value)
  }

  /// Whether an exponent follows: `e` and a digit or a sign; any other word is a unit.
  private var hasExponent: Bool {
    guard current == UInt8(ascii: "e") || current == UInt8(ascii: "E"), let next = byte(after: 1) else { return false }
    return next.isDigitByte || next == UInt8(ascii: "+") || next == UInt8(ascii: "-")
  }

  private mutating func skipDigits() {
    while let byte = current, byte.isDigitByte { position += 1 }
  }

  private mutating func requireDigits(_ message: String) throws(ExpressionError) {
    guard let byte = current, byte.isDigitByte else { throw error(message, at: position) }
    skipDigits()
  }

  /// The unit after a number: at once, or after spaces if the word is one.
  private mutating func unit() throws(ExpressionError) -> ExpressionUnit? {
    let end = position
    while current == 0x20 { position += 1 }
    let start = position
    while let byte = current, byte.isWordByte { position += 1 }
    let word = String(decoding: bytes[start..<position], as: UTF8.self)
    let isPath = current == UInt8(ascii: ".") || current == UInt8(ascii: "`")
    if let unit = ExpressionUnit(rawValue: word), !isPath { return unit }
    if start == end, !word.isEmpty {
      throw error(
        "'\(word.prefix(20))' is not a unit", at: start,
        suggestion: ExpressionUnit.nearest(word))
    }
    position = end
    return nil
  }
}

extension ExpressionUnit {
  /// The unit that a word was probably meant to be.
  static func nearest(_ word: String) -> String? {
    if let unit = allCases.first(where: { $0.rawValue.lowercased() == word.lowercased() }) { return unit.rawValue }
    return WordGuess.nearest(word, among: allCases.map(\.rawValue))
  }
}
