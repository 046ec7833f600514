// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Finds where each value of a YAML text begins and ends.
///
/// It reads only texts that the YAML parser has accepted, so it looks for places and not for mistakes; whatever it does
/// not know is refused. Source of the rules: YAML 1.2.2, chapters 6 to 9, with libyaml's deviations.
struct LayoutReader {
  let bytes: TextBytes
  var position = 0
  private(set) var comments: [Int: Int] = [:]
  private(set) var anchors: [(name: String, place: Int)] = []
  var aliases: [(name: String, place: Int)] = []

  init(_ bytes: TextBytes) { self.bytes = bytes }

  static func read(_ bytes: TextBytes) throws(GalleyError) -> TextLayout {
    var reader = LayoutReader(bytes)
    reader.skipPreamble()
    let root = try reader.readBlockNode(inside: -1)
    reader.skipToContent()
    let rest = reader.position
    guard reader.isAtEnd else { throw reader.refusal(at: rest, "what follows the recipe's last key is not understood") }
    return TextLayout(
      root: root, comments: reader.comments.map { $0.key..<$0.value }.sorted { $0.lowerBound < $1.lowerBound },
      anchors: reader.anchors, aliases: reader.aliases, documentEnd: rest)
  }

  /// Whether a text has nothing but comments, directives and markers.
  static func isEmptyDocument(_ bytes: TextBytes) -> Bool {
    var reader = LayoutReader(bytes)
    reader.skipPreamble()
    reader.skipToContent()
    return reader.isAtEnd
  }

  // MARK: White space, comments, markers

  /// Whether the text or the document ends here.
  var isAtEnd: Bool { position >= bytes.count || isDocumentMarker }

  var isDocumentMarker: Bool { isDocumentMarker(at: position) }

  func isDocumentMarker(at place: Int) -> Bool {
    bytes.lineStart(place) == place && (bytes.has("---", at: place) || bytes.has("...", at: place))
      && bytes.isBlank(place + 3)
  }

  var column: Int { position - bytes.lineStart(position) }

  mutating func skipToContent() {
    while position < bytes.count {
      if bytes.isBlank(position) {
        position += 1
      } else if bytes[position] == Ascii.hash {
        noteComment(at: position)
        position = bytes.lineEnd(position)
      } else {
        return
      }
    }
  }

  mutating func noteComment(at place: Int) { comments[place] = bytes.lineEnd(place) }

  private mutating func skipPreamble() {
    while true {
      skipToContent()
      if bytes[position] == Ascii.percent, column == 0 {
        position = bytes.nextLine(position)
      } else {
        if bytes.has("---", at: position), isDocumentMarker { position += 3 }
        return
      }
    }
  }

  // MARK: Nodes

  /// Reads the value behind a colon or a dash, or the document's root.
  /// - Parameter parent: the column of the group that holds the value; -1 for the root.
  mutating func readBlockNode(inside parent: Int, besideKey: Bool = false) throws(GalleyError) -> TextNode {
    let origin = position
    guard reachContent(inside: parent, besideKey: besideKey) else {
      position = origin
      return TextNode(kind: .empty, start: origin, contentStart: origin, end: origin)
    }
    let start = position
    let startColumn = column
    let anchor = readProperties()
    let propertiesEnd = bytes.withoutSpaces(before: position)
    if propertiesEnd > start, bytes.isBlank(position) || bytes[position] == Ascii.hash {
      guard reachContent(inside: parent, besideKey: besideKey) else {
        position = propertiesEnd
        return TextNode(
          kind: .scalar, start: start, contentStart: propertiesEnd, end: propertiesEnd, anchor: anchor)
      }
      var node = try readContent(inside: parent, column: column, keyStart: position)
      (node.start, node.anchor) = (start, anchor)
      return node
    }
    let contentStart = position
    var node = try readContent(inside: parent, column: startColumn, keyStart: start)
    // An anchor on the line of a group's first key is the key's.
    if !node.isBlockGroup || node.contentStart == contentStart && start == contentStart {
      (node.start, node.anchor) = (start, anchor)
    }
    return node
  }

  /// Goes to the next token; false if it is no part of the value.
  private mutating func reachContent(inside parent: Int, besideKey: Bool) -> Bool {
    let line = bytes.lineStart(position)
    skipToContent()
    guard !isAtEnd else { return false }
    if bytes.lineStart(position) == line, line != position { return true }
    return column > parent || besideKey && column == parent && isDash
  }

  private var isDash: Bool { bytes[position] == Ascii.dash && bytes.isBlank(position + 1) }

  private mutating func readContent(
    inside parent: Int, column: Int, keyStart: Int
  ) throws(GalleyError) -> TextNode {
    let start = position
    switch bytes[position] {
    case Ascii.dash where bytes.isBlank(position + 1):
      return try readBlockList(column: column)
    case Ascii.question where bytes.isBlank(position + 1):
      throw refusal(at: position, "a key that begins with '? ' is not understood")
    case Ascii.literal, Ascii.folded:
      return readBlockScalar(inside: parent)
    case Ascii.openList, Ascii.openMap:
      return try readFlow()
    case Ascii.alias:
      let alias = readAlias()
      guard !isColon(bytes.skippingSpaces(position)) else {
        throw refusal(at: start, "a key that is an alias is not understood")
      }
      return alias
    default:
      if keyEnd() != nil {
        position = keyStart
        return try readBlockMap(column: column)
      }
      try skipScalar(inside: parent)
      return TextNode(kind: .scalar, start: start, contentStart: start, end: position)
    }
  }

  /// A colon that ends a key of a block group.
  private func isColon(_ place: Int) -> Bool { bytes[place] == Ascii.colon && bytes.isBlank(place + 1) }

  /// Where the key that begins here ends, if it is one.
  private func keyEnd() -> Int? {
    var reader = self
    if bytes[position] == Ascii.doubleQuote || bytes[position] == Ascii.singleQuote {
      guard (try? reader.skipQuoted()) != nil else { return nil }
      guard reader.position <= bytes.lineEnd(position) else { return nil }
      return isColon(bytes.skippingSpaces(reader.position)) ? reader.position : nil
    }
    reader.skipPlainLine(inFlow: false)
    return isColon(bytes.skippingSpaces(reader.position)) ? reader.position : nil
  }

  private mutating func readBlockMap(column mapColumn: Int) throws(GalleyError) -> TextNode {
    let start = position
    var entries: [TextEntry] = []
    var end = position
    repeat {
      let entryStart = position
      _ = readProperties()
      let isQuoted = bytes[position] == Ascii.doubleQuote
      guard let keyEnd = keyEnd() else { throw refusal(at: position, "a key's layout is not understood") }
      position = bytes.skippingSpaces(keyEnd) + 1
      let markerEnd = position
      let value = try readBlockNode(inside: mapColumn, besideKey: true)
      let entry = TextEntry(start: entryStart, keyIsQuoted: isQuoted, markerEnd: markerEnd, value: value)
      entries.append(entry)
      end = entry.end
    } while reachNextEntry(after: end, column: mapColumn) && !isDash
    position = end
    return TextNode(kind: .map(entries), start: start, contentStart: start, end: end, column: mapColumn)
  }

  private mutating func readBlockList(column listColumn: Int) throws(GalleyError) -> TextNode {
    let start = position
    var entries: [TextEntry] = []
    var end = position
    repeat {
      let entryStart = position
      position += 1
      let markerEnd = position
      let value = try readBlockNode(inside: listColumn)
      let entry = TextEntry(start: entryStart, markerEnd: markerEnd, value: value)
      entries.append(entry)
      end = entry.end
    } while reachNextEntry(after: end, column: listColumn) && isDash
    position = end
    return TextNode(kind: .list(entries), start: start, contentStart: start, end: end, column: listColumn)
  }

  private mutating func reachNextEntry(after end: Int, column entryColumn: Int) -> Bool {
    position = end
    skipToContent()
    return !isAtEnd && column == entryColumn
  }

  // MARK: Anchors, tags, aliases

  /// Skips anchor and tag with the spaces behind them.
  mutating func readProperties() -> String? {
    var anchor: String?
    while bytes[position] == Ascii.anchor || bytes[position] == Ascii.tag {
      let start = position
      skipWord()
      if bytes[start] == Ascii.anchor {
        let name = bytes.text(start + 1..<position)
        anchors.append((name, start))
        anchor = name
      }
      position = bytes.skippingSpaces(position)
    }
    return anchor
  }

  mutating func readAlias() -> TextNode {
    let start = position
    skipWord()
    aliases.append((bytes.text(start + 1..<position), start))
    return TextNode(kind: .alias, start: start, contentStart: start, end: position)
  }

  private mutating func skipWord() {
    position += 1
    while !bytes.isBlank(position), !Ascii.isFlowIndicator(bytes[position]) { position += 1 }
  }

  func refusal(at place: Int, _ why: String) -> GalleyError {
    let line = bytes.bytes.prefix(place).count { $0 == Ascii.newline } + 1
    return GalleyError(
      .configuration, "can't change the recipe's text", at: "line \(line)", why: why,
      remedy: "Write this place in a simpler way, or change the file by hand.")
  }
}
