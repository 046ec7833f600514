// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension YAMLParser {
  /// Reads a value that follows an indicator or begins the document.
  /// - Parameters:
  ///   - parent: the column of the list or map that holds it; its lines are indented deeper.
  ///   - mayStartBlock: whether a list or a map may begin on this line.
  ///   - mayAlign: whether a list may stand at the parent's own column, as under a map's key.
  mutating func parseBlockNode(
    parent: Int, mayStartBlock: Bool, mayAlign: Bool = false
  ) throws(YAMLProblem) -> PortableValue {
    try parseBlock(parent: parent, mayStartBlock: mayStartBlock, mayAlign: mayAlign).value
  }

  mutating func parseBlock(parent: Int, mayStartBlock: Bool, mayAlign: Bool) throws(YAMLProblem) -> YAMLNode {
    try enter()
    defer { leave() }
    var start = mayStartBlock
    var own = YAMLProperties()
    if try skipToToken() { start = true }
    if isAbsent(parent: parent, mayAlign: mayAlign) { return try emptyScalar(own) }
    var mark = cursor
    var leading = try parseProperties()
    if !leading.isEmpty {
      if try skipToToken() || isAtDocumentEnd {
        own = leading
        start = true
        if isAbsent(parent: parent, mayAlign: mayAlign) { return try emptyScalar(own) }
        mark = cursor
        leading = try parseProperties()
        if !leading.isEmpty, try skipToToken() { throw problem("a value has its anchor or tag twice") }
      } else {
        // What stands between them and the value may be a key's; a list can't begin after them.
        if isDash || isQuestion { throw problem("a list or a map can't begin after an anchor or a tag on its line") }
      }
    }
    return try parseContent(parent: parent, start: start, own: own, leading: leading, mark: mark)
  }

  /// Reads what follows the anchors and tags; `leading` ones belong to a key if a map begins here.
  private mutating func parseContent(
    parent: Int, start: Bool, own: YAMLProperties, leading: YAMLProperties, mark: YAMLCursor
  ) throws(YAMLProblem) -> YAMLNode {
    if isDash {
      guard start else { throw problem("a list can't begin on this line") }
      return try parseBlockList(own)
    }
    if isQuestion {
      guard start else { throw problem("a map can't begin on this line") }
      return try parseBlockMap(column: cursor.column, firstKey: nil, own)
    }
    let properties = try own.merged(with: leading, else: problem("a value has its anchor or tag twice"))
    try begin(own)
    if cursor.peek() == "|" || cursor.peek() == ">" {
      return try scalar(parseBlockScalar(parent: parent), isPlain: false, properties)
    }
    let atom = try parseAtom(parent: parent, inFlow: false, properties: leading)
    let after = cursor
    cursor.skipSpaces()
    guard isColon else {
      cursor = after
      return own.isEmpty ? atom : try apply(own, and: properties, to: atom)
    }
    guard mark.line == cursor.line, cursor.index - mark.index <= 1024 else {
      throw problem("a ':' follows a value that can't be a key: keys take one line and at most 1024 characters")
    }
    guard start else { throw problem("a map can't begin on this line") }
    return try parseBlockMap(column: mark.column, firstKey: atom, own)
  }

  /// Gives a value the anchor and the tag that stood on the line before it.
  private mutating func apply(
    _ own: YAMLProperties, and all: YAMLProperties, to atom: YAMLNode
  ) throws(YAMLProblem) -> YAMLNode {
    if let source = atom.source { return try scalar(source.text, isPlain: source.isPlain, all) }
    guard !atom.isAlias else { throw problem("an alias has an anchor or a tag") }
    try check(own, isList: atom.value.list != nil)
    return try finish(atom, own)
  }

  // MARK: What stands here

  private func isIndicator(_ character: Unicode.Scalar) -> Bool {
    cursor.peek() == character && YAMLCursor.isBlank(cursor.peek(1))
  }

  private var isDash: Bool { isIndicator("-") }
  private var isQuestion: Bool { isIndicator("?") }
  private var isColon: Bool { isIndicator(":") }
  private var isAtDocumentEnd: Bool { cursor.isAtEnd || cursor.isAtDocumentMark }

  /// Whether the value is left out: the next token belongs to what holds it.
  private func isAbsent(parent: Int, mayAlign: Bool) -> Bool {
    if isAtDocumentEnd { return true }
    return cursor.column <= parent && !(mayAlign && cursor.column == parent && isDash)
  }

  mutating func emptyScalar(_ properties: YAMLProperties) throws(YAMLProblem) -> YAMLNode {
    try scalar("", isPlain: true, properties)
  }

  // MARK: Lists

  private mutating func parseBlockList(_ properties: YAMLProperties) throws(YAMLProblem) -> YAMLNode {
    try begin(properties)
    try check(properties, isList: true)
    let column = cursor.column
    var items: [PortableValue] = []
    var size = Size(values: 1, characters: 0)
    while isDash {
      cursor.advance()
      path.push(.index(items.count))
      let item = try parseBlock(parent: column, mayStartBlock: true, mayAlign: false)
      path.pop()
      items.append(item.value)
      size.add(item.size)
      guard try goesOn(column: column) else { break }
    }
    return try finish(YAMLNode(value: .list(items), size: size, isScalar: false), properties)
  }

  /// Steps to the next entry of a list or map at `column`; tells whether there is one.
  private mutating func goesOn(column: Int) throws(YAMLProblem) -> Bool {
    let crossed = try skipToToken()
    if isAtDocumentEnd || cursor.column < column { return false }
    guard crossed else { throw problem("the line should end here, but more follows") }
    guard cursor.column == column else { throw problem("this line is indented by \(cursor.column), not \(column)") }
    return true
  }

  // MARK: Maps

  /// Reads a map whose keys stand at `column`; its first key may have been read already.
  private mutating func parseBlockMap(
    column: Int, firstKey: YAMLNode?, _ properties: YAMLProperties
  ) throws(YAMLProblem) -> YAMLNode {
    try begin(properties)
    try check(properties, isList: false)
    var map = YAMLMapBuilder()
    var next = firstKey
    repeat {
      if let key = next {
        next = nil
        cursor.advance()
        try add(key, value(of: key, column: column, isExplicit: false), to: &map)
      } else if isQuestion {
        try parseExplicitEntry(column: column, into: &map)
      } else {
        if isDash { throw problem("a list's item stands among a map's keys") }
        next = try parseKey(column: column)
        continue
      }
      guard try goesOn(column: column) else { break }
    } while true
    return try finish(map.node, properties)
  }

  private mutating func parseKey(column: Int) throws(YAMLProblem) -> YAMLNode {
    let mark = cursor
    let properties = try parseProperties()
    if !properties.isEmpty { try skipToToken() }
    let key = try parseAtom(parent: column, inFlow: false, properties: properties)
    cursor.skipSpaces()
    guard isColon, cursor.line == mark.line, cursor.index - mark.index <= 1024 else {
      cursor = mark
      throw problem("a key is expected here, with ':' after it on the same line")
    }
    return key
  }

  private mutating func parseExplicitEntry(column: Int, into map: inout YAMLMapBuilder) throws(YAMLProblem) {
    cursor.advance()
    let key = try parseBlock(parent: column, mayStartBlock: true, mayAlign: true)
    try skipToToken()
    guard !isAtDocumentEnd, cursor.column == column, isColon else {
      return try add(key, emptyScalar(.init()), to: &map)
    }
    cursor.advance()
    try add(key, value(of: key, column: column, isExplicit: true), to: &map)
  }

  private mutating func value(of key: YAMLNode, column: Int, isExplicit: Bool) throws(YAMLProblem) -> YAMLNode {
    path.push(.key(key.value))
    let value = try parseBlock(parent: column, mayStartBlock: isExplicit, mayAlign: true)
    path.pop()
    return value
  }
}

extension YAMLParser.Size {
  /// Adds a part's size to the whole's.
  mutating func add(_ part: YAMLParser.Size) {
    values += part.values
    characters += part.characters
    height = max(height, part.height + 1)
  }
}

extension YAMLProperties {
  func merged(with other: YAMLProperties, else problem: YAMLProblem) throws(YAMLProblem) -> YAMLProperties {
    guard anchor == nil || other.anchor == nil, tag == nil || other.tag == nil else { throw problem }
    return YAMLProperties(anchor: anchor ?? other.anchor, tag: tag ?? other.tag)
  }
}
