// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Texts of a TOML document.
extension TOMLReader {
  mutating func literalString() throws(TOMLProblem) -> String {
    advance()
    let start = position
    while let next = peek, next != UInt8(ascii: "\n") {
      if next == UInt8(ascii: "'") {
        defer { advance() }
        return String(decoding: bytes[start..<position], as: UTF8.self)
      }
      try advance(over: next)
    }
    throw problem("a text isn't closed")
  }

  mutating func basicString() throws(TOMLProblem) -> String {
    advance()
    var text: [UInt8] = []
    while let next = peek, next != UInt8(ascii: "\n") {
      try advance(over: next)
      switch next {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text += try escape()
      default: text.append(next)
      }
    }
    throw problem("a text isn't closed")
  }

  /// A text of several lines, behind its three opening quotes.
  mutating func longString(_ quote: UInt8) throws(TOMLProblem) -> String {
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
      if next == UInt8(ascii: "\n") || isLineEnd { advance() } else { try advance(over: next) }
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
    let code = bytes[position..<min(bytes.count, position + digits)]
    // Swift's own reading of numbers takes a sign too.
    guard code.count == digits, code.allSatisfy(TOMLWord.isHexadecimal),
      let number = UInt32(String(decoding: code, as: UTF8.self), radix: 16), let scalar = Unicode.Scalar(number)
    else { throw problem("an escape is no character") }
    advance(digits)
    return Array(String(Character(scalar)).utf8)
  }
}
