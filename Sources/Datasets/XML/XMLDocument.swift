// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The part of XML 1.0 that annotation files use: elements, attributes, text, CDATA, comments, the five predefined
/// entities and numbered characters.
///
/// Documents come from strangers. So a document type declaration is refused: nothing is fetched and nothing expands.
struct XMLDocument {
  /// How deep elements may lie in each other.
  static let maximumDepth = 64

  let root: XMLElement

  /// Reads a document's text.
  /// - Throws: `XMLProblem` with the line of the first mistake.
  init(_ text: String) throws(XMLProblem) {
    var parser = XMLScanner(Array(text.utf8))
    try parser.skipProlog()
    root = try parser.element(depthLeft: Self.maximumDepth)
    try parser.finish()
  }
}

/// Goes through the bytes of a document.
private struct XMLScanner {
  private let bytes: [UInt8]
  private var place = 0
  private var line = 1

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
  }

  private func problem(_ message: String) -> XMLProblem { XMLProblem(message: message, line: line) }

  private func isNext(_ text: StaticString) -> Bool {
    guard bytes.count - place >= text.utf8CodeUnitCount else { return false }
    for index in 0..<text.utf8CodeUnitCount where bytes[place + index] != text.utf8Start[index] { return false }
    return true
  }

  private mutating func advance(_ count: Int = 1) {
    for index in place..<min(place + count, bytes.count) where bytes[index] == 0x0A { line += 1 }
    place = min(place + count, bytes.count)
  }

  private mutating func skipSpace() {
    while place < bytes.count, bytes[place] <= 0x20 { advance() }
  }

  private mutating func skip(past end: StaticString) throws(XMLProblem) {
    while place < bytes.count, !isNext(end) { advance() }
    guard place < bytes.count else { throw problem("'\(end)' is missing before the end of the file") }
    advance(end.utf8CodeUnitCount)
  }

  /// Skips comments and instructions; says whether there was one.
  private mutating func skipAside() throws(XMLProblem) -> Bool {
    if isNext("<!--") {
      try skip(past: "-->")
    } else if isNext("<?") {
      try skip(past: "?>")
    } else if isNext("<!DOCTYPE") || isNext("<!doctype") {
      throw problem("a document type declaration is not read, since it can make a file expand without end")
    } else {
      return false
    }
    return true
  }

  mutating func skipProlog() throws(XMLProblem) {
    repeat { skipSpace() } while try skipAside()
    guard place < bytes.count else { throw problem("the file has no element") }
  }

  mutating func finish() throws(XMLProblem) {
    repeat { skipSpace() } while try skipAside()
    guard place == bytes.count else { throw problem("something follows the end of the document") }
  }

  mutating func element(depthLeft: Int) throws(XMLProblem) -> XMLElement {
    guard depthLeft > 0 else { throw problem("elements lie more than \(XMLDocument.maximumDepth) deep") }
    guard isNext("<") else { throw problem("an element was expected") }
    let start = line
    advance()
    var element = XMLElement(name: try name(), line: start)
    while true {
      skipSpace()
      if isNext("/>") {
        advance(2)
        return element
      }
      if isNext(">") {
        advance()
        break
      }
      let key = try name()
      skipSpace()
      guard isNext("=") else { throw problem("the attribute '\(key)' has no value") }
      advance()
      skipSpace()
      guard element.attributes.updateValue(try quoted(), forKey: key) == nil else {
        throw problem("the attribute '\(key)' occurs twice")
      }
    }
    try content(of: &element, depthLeft)
    return element
  }

  private mutating func content(of element: inout XMLElement, _ depthLeft: Int) throws(XMLProblem) {
    while true {
      guard place < bytes.count else {
        throw problem("the element '\(element.name)' of line \(element.line) is not closed")
      }
      if isNext("</") {
        advance(2)
        let closing = try name()
        guard closing == element.name else {
          throw problem("'</\(closing)>' closes '<\(element.name)>' of line \(element.line)")
        }
        skipSpace()
        guard isNext(">") else { throw problem("'>' is missing") }
        return advance()
      }
      if isNext("<![CDATA[") {
        advance(9)
        let start = place
        try skip(past: "]]>")
        element.text += String(decoding: bytes[start..<place - 3], as: UTF8.self)
      } else if try skipAside() {
        continue
      } else if isNext("<") {
        element.children.append(try self.element(depthLeft: depthLeft - 1))
      } else {
        element.text += try text { $0 == UInt8(ascii: "<") }
      }
    }
  }

  private mutating func name() throws(XMLProblem) -> String {
    let start = place
    while place < bytes.count, !Self.endsName(bytes[place]) { advance() }
    guard place > start else { throw problem("a name was expected") }
    return String(decoding: bytes[start..<place], as: UTF8.self)
  }

  private static func endsName(_ byte: UInt8) -> Bool {
    byte <= 0x20 || "=/><\"'&".utf8.contains(byte)
  }

  private mutating func quoted() throws(XMLProblem) -> String {
    guard isNext("\"") || isNext("'") else { throw problem("a quoted value was expected") }
    let quote = bytes[place]
    advance()
    let value = try text { $0 == quote }
    guard place < bytes.count else { throw problem("a quoted value is not closed") }
    advance()
    return value
  }

  /// Text up to a byte that ends it, its entities replaced.
  private mutating func text(until isEnd: (UInt8) -> Bool) throws(XMLProblem) -> String {
    var text = ""
    var start = place
    while place < bytes.count, !isEnd(bytes[place]) {
      if bytes[place] == UInt8(ascii: "&") {
        text += String(decoding: bytes[start..<place], as: UTF8.self)
        text += try entity()
        start = place
      } else {
        advance()
      }
    }
    return text + String(decoding: bytes[start..<place], as: UTF8.self)
  }

  private mutating func entity() throws(XMLProblem) -> String {
    guard let end = bytes[place..<min(place + 12, bytes.count)].firstIndex(of: UInt8(ascii: ";")) else {
      throw problem("'&' begins no entity; it must be written '&amp;'")
    }
    let name = String(decoding: bytes[place + 1..<end], as: UTF8.self)
    place = end + 1
    switch name {
    case "amp": return "&"
    case "lt": return "<"
    case "gt": return ">"
    case "quot": return "\""
    case "apos": return "'"
    default: break
    }
    let isHex = name.hasPrefix("#x")
    guard name.hasPrefix("#"), let number = UInt32(name.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10),
      let scalar = Unicode.Scalar(number)
    else { throw problem("the entity '&\(name);' is unknown") }
    return String(Character(scalar))
  }
}
