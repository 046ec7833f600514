// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Reads the XML that model files are written in: elements, attributes, text, comments, CDATA sections.
///
/// Document types are refused, and with them entities of one's own: they could name other files or grow without end.
/// Nothing here calls itself, so that no nesting exhausts the stack.
///
/// Source of the grammar: W3C, "Extensible Markup Language (XML) 1.0", fifth edition.
struct XMLReader {
  /// The deepest nesting that is read.
  static let maximumDepth = 200

  private let bytes: [UInt8]
  private var position = 0
  private var open: [XMLNode] = []
  private var root: XMLNode?

  /// The root element of a document.
  /// - Throws: `XMLProblem` with the line at which the document is wrong.
  static func root(of bytes: [UInt8]) throws(XMLProblem) -> XMLNode {
    var reader = XMLReader(bytes)
    return try reader.read()
  }

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
  }

  private mutating func read() throws(XMLProblem) -> XMLNode {
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "<") { try readMarkup() } else { try readText() }
    }
    guard open.isEmpty else { throw problem("the element '\(open.last?.name ?? "")' is not closed") }
    guard let root else { throw problem("there is no element") }
    return root
  }

  private mutating func readMarkup() throws(XMLProblem) {
    if skip("<!--") {
      guard find("-->") != nil else { throw problem("a comment is not closed") }
    } else if skip("<![CDATA[") {
      guard let content = find("]]>") else { throw problem("a CDATA section is not closed") }
      try append(String(decoding: content, as: UTF8.self))
    } else if skip("<?") {
      guard find("?>") != nil else { throw problem("a processing instruction is not closed") }
    } else if skip("<!") {
      throw problem("it has a document type or a declaration, which no model file needs")
    } else if skip("</") {
      let name = try readName()
      skipSpace()
      guard skip(">"), open.last?.name == name else {
        throw problem("'</\(name)>' closes no element that is open here")
      }
      close()
    } else {
      position += 1
      try readElement()
    }
  }

  private mutating func readElement() throws(XMLProblem) {
    var element = XMLNode(name: try readName())
    guard root == nil else { throw problem("something follows the root element") }
    while true {
      let hadSpace = skipSpace()
      if skip("/>") {
        open.append(element)
        close()
        return
      }
      if skip(">") {
        guard open.count < Self.maximumDepth else {
          throw problem("elements lie in each other more than \(Self.maximumDepth) deep")
        }
        open.append(element)
        return
      }
      guard hadSpace else { throw problem("the tag '\(element.name)' is not closed") }
      let (name, value) = try readAttribute()
      guard element.attributes.updateValue(value, forKey: name) == nil else {
        throw problem("the attribute '\(name)' occurs twice in '\(element.name)'")
      }
    }
  }

  private mutating func readAttribute() throws(XMLProblem) -> (name: String, value: String) {
    let name = try readName()
    skipSpace()
    guard skip("=") else { throw problem("the attribute '\(name)' has no value") }
    skipSpace()
    guard position < bytes.count, [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(bytes[position]) else {
      throw problem("the value of the attribute '\(name)' is not quoted")
    }
    let quote = bytes[position]
    position += 1
    guard let end = bytes[position...].firstIndex(of: quote) else {
      throw problem("the value of the attribute '\(name)' does not end")
    }
    let value = try unescaped(bytes[position..<end])
    position = end + 1
    return (name, value)
  }

  private mutating func readText() throws(XMLProblem) {
    let end = bytes[position...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
    let text = bytes[position..<end]
    if !text.allSatisfy(Self.isSpace) {
      try append(try unescaped(text))
    }
    position = end
  }

  private mutating func append(_ text: String) throws(XMLProblem) {
    guard !open.isEmpty else { throw problem("there is text outside the root element") }
    open[open.count - 1].text += text
  }

  private mutating func close() {
    guard var element = open.popLast() else { return }
    element.text = String(element.text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
  }

  private mutating func readName() throws(XMLProblem) -> String {
    let start = position
    while position < bytes.count, Self.isNamePart(bytes[position]) { position += 1 }
    guard position > start else { throw problem("a name is missing after '<'") }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func skip(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard position + count <= bytes.count else { return false }
    for index in 0..<count where bytes[position + index] != text.utf8Start[index] { return false }
    position += count
    return true
  }

  @discardableResult private mutating func skipSpace() -> Bool {
    let start = position
    while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    return position > start
  }

  /// Moves behind the next occurrence of a text and gives what lies before it.
  private mutating func find(_ text: StaticString) -> ArraySlice<UInt8>? {
    let start = position
    while position < bytes.count {
      let here = position
      if skip(text) { return bytes[start..<here] }
      position += 1
    }
    return nil
  }

  func problem(_ reason: String) -> XMLProblem {
    XMLProblem(line: 1 + bytes[..<min(position, bytes.count)].count { $0 == UInt8(ascii: "\n") }, reason: reason)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 9 || byte == 10 || byte == 13 }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "."),
      UInt8(ascii: "-"), 0x80...:
      true
    default: false
    }
  }
}
