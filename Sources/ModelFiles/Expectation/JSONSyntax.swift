// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Finds the first place at which bytes are no JSON, or name a key twice: Foundation's decoder says neither.
///
/// Source of the grammar: RFC 8259.
struct JSONSyntax {
  /// What is wrong, and where.
  struct Problem: Error, Hashable {
    let line: Int
    let column: Int
    let reason: String
  }

  private let bytes: [UInt8]
  private var position = 0
  /// The keys of each object that is open; `nil` stands for a list.
  private var open: [Set<String>?] = []

  /// The first problem; `nil` if there is none.
  static func problem(in bytes: [UInt8]) -> Problem? {
    var syntax = JSONSyntax(bytes: bytes)
    do throws(Problem) {
      try syntax.readDocument()
      return nil
    } catch {
      return error
    }
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func readDocument() throws(Problem) {
    repeat {
      try readValue()
      // After a value comes what follows it in the list or object that it lies in, which may close too.
      while let keys = open.last {
        if take(",") {
          if keys != nil { try readKey() }
          break
        }
        guard take(keys == nil ? "]" : "}") else {
          throw problem(keys == nil ? "',' or ']' is expected" : "',' or '}' is expected")
        }
        open.removeLast()
      }
    } while !open.isEmpty
    skipSpace()
    guard position == bytes.count else { throw problem("something follows the end") }
  }

  /// Reads a whole value, or the beginning of one up to its first inner value.
  private mutating func readValue() throws(Problem) {
    while true {
      if take("[") {
        guard open.count < 200 else { throw problem("lists lie in each other too deep") }
        if take("]") { return }
        open.append(nil as Set<String>?)
      } else if take("{") {
        guard open.count < 200 else { throw problem("groups lie in each other too deep") }
        if take("}") { return }
        open.append(Set())
        try readKey()
      } else {
        return try readScalar()
      }
    }
  }

  private mutating func readKey() throws(Problem) {
    skipSpace()
    let start = position
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      throw problem("a key in double quotation marks is expected")
    }
    try readText()
    let key = String(decoding: bytes[start + 1..<position - 1], as: UTF8.self)
    guard let index = open.indices.last, open[index]?.insert(key).inserted ?? true else {
      position = start
      throw problem("the key '\(key)' occurs twice")
    }
    guard take(":") else { throw problem("':' is expected") }
  }

  private mutating func readScalar() throws(Problem) {
    skipSpace()
    guard position < bytes.count else { throw problem("a value is expected, and the file ends") }
    if bytes[position] == UInt8(ascii: "\"") { return try readText() }
    let start = position
    while position < bytes.count, Self.isWordPart(bytes[position]) { position += 1 }
    let word = String(decoding: bytes[start..<position], as: UTF8.self)
    guard ["true", "false", "null"].contains(word) || Self.isNumber(word) else {
      position = start
      throw problem(word.isEmpty ? "a value is expected" : "'\(word.prefix(30))' is no value")
    }
  }

  private mutating func readText() throws(Problem) {
    position += 1
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return
      case UInt8(ascii: "\\"): position += 2
      case ..<0x20: throw problem("a text goes over the end of its line")
      default: position += 1
      }
    }
    position = bytes.count
    throw problem("a text is not closed")
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 9, 10, 13].contains(bytes[position]) { position += 1 }
  }

  private func problem(_ reason: String) -> Problem {
    let before = bytes[..<min(position, bytes.count)]
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return Problem(
      line: 1 + before.count { $0 == UInt8(ascii: "\n") }, column: 1 + before.count - start, reason: reason)
  }

  private static func isWordPart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."), UInt8(ascii: "'"), 0x80...:
      true
    default: false
    }
  }

  private static func isNumber(_ word: String) -> Bool {
    word.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) != nil
  }
}
