// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension YAMLParser {
  // MARK: Anchors and tags

  /// Reads the anchor and the tag that stand before a value, with the spaces after them.
  mutating func parseProperties() throws(YAMLProblem) -> YAMLProperties {
    var properties = YAMLProperties()
    while true {
      switch cursor.peek() {
      case "&":
        guard properties.anchor == nil else { throw problem("a value has two anchors") }
        cursor.advance()
        let name = parseName()
        guard !name.isEmpty else { throw problem("'&' is not followed by an anchor's name") }
        properties.anchor = name
      case "!":
        guard properties.tag == nil else { throw problem("a value has two tags") }
        properties.tag = try parseTag()
      default: return properties
      }
      guard endsToken(cursor.peek()) else { throw problem("a space is expected after an anchor or a tag") }
      cursor.skipSpaces()
    }
  }

  private func endsToken(_ character: Unicode.Scalar) -> Bool {
    YAMLCursor.isBlank(character) || ",]}:".unicodeScalars.contains(character)
  }

  /// Reads a tag in one of its forms: `!`, `!!int`, `!name`, `!<tag:yaml.org,2002:int>`.
  private mutating func parseTag() throws(YAMLProblem) -> String {
    var tag = ""
    let isVerbatim = cursor.peek(1) == "<"
    while !YAMLCursor.isBlank(cursor.peek()) {
      let character = cursor.peek()
      if !isVerbatim, ",]}[{".unicodeScalars.contains(character) { break }
      tag.unicodeScalars.append(character)
      cursor.advance()
    }
    let standard = "!<tag:yaml.org,2002:"
    if tag.hasPrefix(standard), tag.hasSuffix(">") { return "!!" + tag.dropFirst(standard.utf8.count).dropLast() }
    return tag
  }

  // MARK: Values within a line or within brackets

  /// Reads an alias, a scalar or a value in brackets.
  mutating func parseAtom(
    parent: Int, inFlow: Bool, properties: YAMLProperties
  ) throws(YAMLProblem) -> YAMLNode {
    let mark = cursor
    var node: YAMLNode
    switch cursor.peek() {
    case "*":
      guard properties.isEmpty else { throw problem("an alias has an anchor or a tag") }
      node = try parseAlias()
    case "[": node = try parseFlowList(properties)
    case "{": node = try parseFlowMap(properties)
    case "'": node = try scalar(parseSingleQuoted(), isPlain: false, properties)
    case "\"": node = try scalar(parseDoubleQuoted(), isPlain: false, properties)
    default:
      guard startsPlain(inFlow: inFlow) else { throw unexpected() }
      node = try scalar(parsePlain(parent: parent, inFlow: inFlow), isPlain: true, properties)
    }
    node.mark = mark
    return node
  }

  private func unexpected() -> YAMLProblem {
    let character = cursor.peek()
    return cursor.isAtEnd
      ? problem("the text ends where a value is expected") : problem("no value can begin with '\(character)'")
  }

  private func startsPlain(inFlow: Bool) -> Bool {
    let character = cursor.peek()
    let next = cursor.peek(1)
    if cursor.isAtDocumentMark || YAMLCursor.isBlank(character) { return false }
    switch character {
    case "-": return !YAMLCursor.isBlank(next)
    case "?", ":": return !inFlow && !YAMLCursor.isBlank(next)
    default: return !",[]{}#&*!|>'\"%@`".unicodeScalars.contains(character)
    }
  }

  // MARK: Lists and maps in brackets

  private mutating func parseFlowList(_ properties: YAMLProperties) throws(YAMLProblem) -> YAMLNode {
    try begin(properties)
    try check(properties, isList: true)
    try enter()
    defer { leave() }
    cursor.advance()
    var items: [PortableValue] = []
    var size = Size(values: 1, characters: 0)
    while try !closes("]", first: items.isEmpty) {
      path.push(.index(items.count))
      let item = try parseFlowItem()
      path.pop()
      items.append(item.value)
      size.add(item.size)
    }
    return try finish(YAMLNode(value: .list(items), size: size, isScalar: false), properties)
  }

  /// Steps over the comma before an entry; tells whether the bracket closes instead.
  private mutating func closes(_ bracket: Unicode.Scalar, first: Bool) throws(YAMLProblem) -> Bool {
    try skipInFlow()
    if !first, cursor.peek() != bracket {
      guard cursor.peek() == "," else { throw problem("',' or '\(bracket)' is expected here") }
      cursor.advance()
      try skipInFlow()
    }
    guard cursor.peek() == bracket else { return false }
    cursor.advance()
    return true
  }

  private mutating func skipInFlow() throws(YAMLProblem) {
    try skipToToken()
    if cursor.isAtEnd || cursor.isAtDocumentMark { throw problem("the document ends before its brackets close") }
  }

  /// Reads a list's item, which may be a map of one entry without braces.
  private mutating func parseFlowItem() throws(YAMLProblem) -> YAMLNode {
    var map = YAMLMapBuilder()
    let mark = cursor
    let item: YAMLNode
    if cursor.peek() == "?" {
      cursor.advance()
      try skipInFlow()
      item = try parseFlowNode(mayBeEmpty: true)
    } else {
      item = try parseFlowNode(mayBeEmpty: false)
      try skipInFlow()
      guard cursor.peek() == ":" else { return item }
      guard mark.line == cursor.line else { throw problem("a key takes one line") }
    }
    try enter()
    defer { leave() }
    try add(item, parseFlowValue(of: item), to: &map)
    return try finish(map.node, .init())
  }

  private mutating func parseFlowMap(_ properties: YAMLProperties) throws(YAMLProblem) -> YAMLNode {
    try begin(properties)
    try check(properties, isList: false)
    try enter()
    defer { leave() }
    cursor.advance()
    var map = YAMLMapBuilder()
    while try !closes("}", first: map.isEmpty) {
      let isExplicit = cursor.peek() == "?"
      if isExplicit {
        cursor.advance()
        try skipInFlow()
      }
      let key = try parseFlowNode(mayBeEmpty: isExplicit)
      try add(key, parseFlowValue(of: key), to: &map)
    }
    return try finish(map.node, properties)
  }

  /// Reads what follows a key: a colon and a value, or nothing.
  private mutating func parseFlowValue(of key: YAMLNode) throws(YAMLProblem) -> YAMLNode {
    try skipInFlow()
    guard cursor.peek() == ":" else { return try emptyScalar(.init()) }
    cursor.advance()
    try skipInFlow()
    path.push(.key(key.value))
    defer { path.pop() }
    return try parseFlowNode(mayBeEmpty: true)
  }

  private mutating func parseFlowNode(mayBeEmpty: Bool) throws(YAMLProblem) -> YAMLNode {
    let properties = try parseProperties()
    if !properties.isEmpty { try skipInFlow() }
    if mayBeEmpty || !properties.isEmpty, ",]}:".unicodeScalars.contains(cursor.peek()) {
      return try emptyScalar(properties)
    }
    return try parseAtom(parent: -1, inFlow: true, properties: properties)
  }
}
