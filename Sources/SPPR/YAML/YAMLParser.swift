// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Reads YAML as PyYAML's safe loader does, within limits.
///
/// It differs in three ways, each for the sake of a document that can be written back: a key that occurs twice is an
/// error, a timestamp stays text, and of a list or map with aliases the places are kept.
struct YAMLParser {
  var cursor: YAMLCursor
  let limits: PortableLimits
  var path = PortablePath()
  /// The places that hold one and the same list or map, the anchor's first.
  var shared: [[PortablePath]] = []

  private var depth = 0
  private var counted = Size(values: 0, characters: 0)
  private var anchors: [String: Anchor] = [:]

  /// What a value adds to a document.
  struct Size {
    var values: Int
    var characters: Int
    /// How deep it reaches below its own place.
    var height = 0
  }

  struct Anchor {
    var value: PortableValue
    var size: Size
    /// Its place in `shared`; `nil` for a scalar and while the value is still being read.
    var group: Int?
    var isComplete: Bool
  }

  /// Reads the one document of a text.
  static func read(_ text: String, limits: PortableLimits) throws(YAMLProblem) -> PortableDocument {
    var parser = YAMLParser(cursor: YAMLCursor(text), limits: limits)
    if let (character, line, column) = parser.cursor.firstForbidden() {
      let code = String(character.value, radix: 16, uppercase: true)
      throw YAMLProblem(
        line: line + 1, column: column + 1, path: PortablePath(), why: "YAML allows no character U+\(code) here")
    }
    let root = try parser.parseStream()
    return PortableDocument(root: root, shared: parser.shared.filter { $0.count > 1 })
  }

  private init(cursor: YAMLCursor, limits: PortableLimits) {
    self.cursor = cursor
    self.limits = limits
  }

  func problem(_ why: String) -> YAMLProblem {
    YAMLProblem(line: cursor.line + 1, column: cursor.column + 1, path: path, why: why)
  }

  // MARK: The stream

  private mutating func parseStream() throws(YAMLProblem) -> PortableValue {
    if cursor.peek() == "\u{FEFF}" { cursor.advance() }
    try skipToToken()
    try parseDirectives()
    let isMarked = cursor.isAtDocumentMark && cursor.peek() == "-"
    if isMarked { cursor.advance(3) }
    let value = try parseBlockNode(parent: -1, mayStartBlock: !isMarked)
    try skipToToken()
    while cursor.isAtDocumentMark && cursor.peek() == "." {
      cursor.advance(3)
      try skipToToken()
    }
    guard cursor.isAtEnd else {
      throw problem(
        cursor.isAtDocumentMark
          ? "a second document begins here; one is expected" : "the document should end here, but more follows")
    }
    return value
  }

  private mutating func parseDirectives() throws(YAMLProblem) {
    while cursor.column == 0, cursor.peek() == "%" {
      var directive = ""
      while !cursor.isAtEnd, !YAMLCursor.isBreak(cursor.peek()) {
        directive.unicodeScalars.append(cursor.peek())
        cursor.advance()
      }
      guard directive.hasPrefix("%YAML 1.") else { throw problem("the directive '\(directive)' is not known") }
      try skipToToken()
      guard cursor.isAtDocumentMark || cursor.peek() == "%" else { throw problem("'---' is expected after directives") }
    }
  }

  /// Steps over spaces, comments and line breaks; tells whether what follows is the first on its line.
  @discardableResult mutating func skipToToken() throws(YAMLProblem) -> Bool {
    while true {
      cursor.skipSpaces()
      if cursor.peek() == "#" {
        while !cursor.isAtEnd, !YAMLCursor.isBreak(cursor.peek()) { cursor.advance() }
      }
      guard YAMLCursor.isBreak(cursor.peek()) else { break }
      _ = cursor.advanceBreak()
    }
    if cursor.peek() == "\t" { throw problem("a tab stands where a value should begin; YAML indents with spaces") }
    return cursor.isFirstOnLine
  }

  // MARK: Limits

  mutating func enter() throws(YAMLProblem) {
    depth += 1
    guard depth <= limits.depth else { throw problem("the values nest more than \(limits.depth) levels deep") }
  }

  mutating func leave() { depth -= 1 }

  private mutating func count(_ size: Size) throws(YAMLProblem) {
    counted.values += size.values
    counted.characters += size.characters
    guard counted.values <= limits.values else {
      throw problem("there are more than \(limits.values) values, with those behind aliases counted each time")
    }
    guard counted.characters <= limits.inflatedBytes else {
      throw problem("the values hold more than \(limits.inflatedBytes) characters once aliases are followed")
    }
    guard depth + size.height <= limits.depth else {
      throw problem("the values nest more than \(limits.depth) levels deep once aliases are followed")
    }
  }

  // MARK: Anchors and aliases

  /// Remembers that an anchor's value is being read, so that an alias inside it is noticed.
  mutating func begin(_ properties: YAMLProperties) throws(YAMLProblem) {
    guard let name = properties.anchor else { return }
    guard anchors.count < limits.anchors else { throw problem("there are more than \(limits.anchors) anchors") }
    anchors[name] = Anchor(value: .null, size: Size(values: 0, characters: 0), group: nil, isComplete: false)
  }

  /// Counts a value that has been read, and keeps it if it has an anchor.
  mutating func finish(_ node: YAMLNode, _ properties: YAMLProperties) throws(YAMLProblem) -> YAMLNode {
    if !node.isCounted { try count(Size(values: 1, characters: node.size.characters)) }
    if let name = properties.anchor {
      var group: Int?
      if !node.isScalar {
        group = shared.count
        shared.append([path])
      }
      anchors[name] = Anchor(value: node.value, size: node.size, group: group, isComplete: true)
    }
    var node = node
    node.isCounted = true
    return node
  }

  mutating func parseAlias() throws(YAMLProblem) -> YAMLNode {
    let start = cursor
    cursor.advance()
    let name = parseName()
    guard !name.isEmpty, let anchor = anchors[name] else {
      cursor = start
      throw problem("the alias '*\(name)' names no anchor above it")
    }
    guard anchor.isComplete else {
      cursor = start
      throw problem("the alias '*\(name)' lies inside the value that it names")
    }
    try count(anchor.size)
    if let group = anchor.group { shared[group].append(path) }
    return YAMLNode(
      value: anchor.value, size: anchor.size, isScalar: anchor.group == nil, isCounted: true, isAlias: true)
  }

  mutating func parseName() -> String {
    var name = ""
    while true {
      switch cursor.peek() {
      case "0"..."9", "A"..."Z", "a"..."z", "-", "_":
        name.unicodeScalars.append(cursor.peek())
        cursor.advance()
      default: return name
      }
    }
  }
}

/// A value that has been read.
struct YAMLNode {
  var value: PortableValue
  var size: YAMLParser.Size
  var isScalar: Bool
  var isCounted = false
  var isAlias = false
  /// The plain scalar `<<`, which as a key merges other maps in.
  var isMerge = false
  /// Where it begins, if that is known.
  var mark: YAMLCursor?
  /// A scalar's text and whether it stands without quotes.
  var source: (text: String, isPlain: Bool)?

  /// A scalar, not yet counted.
  static func scalar(_ value: PortableValue, characters: Int = 0) -> YAMLNode {
    YAMLNode(value: value, size: .init(values: 1, characters: characters), isScalar: true)
  }
}

/// What may stand before a value: `&anchor` and `!tag`.
struct YAMLProperties {
  var anchor: String?
  var tag: String?

  var isEmpty: Bool { anchor == nil && tag == nil }
}
