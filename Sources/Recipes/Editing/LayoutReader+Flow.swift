// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension LayoutReader {
  /// Reads a group in brackets.
  mutating func readFlow() throws(GalleyError) -> TextNode {
    let start = position
    let isMap = bytes[position] == Ascii.openMap
    let close = isMap ? Ascii.closeMap : Ascii.closeList
    position += 1
    var entries: [TextEntry] = []
    while true {
      skipToContent()
      guard let byte = bytes[position] else { throw refusal(at: start, "a bracket has no counterpart") }
      if byte == close { break }
      if byte == Ascii.comma, let last = entries.indices.last {
        entries[last].comma = position
        position += 1
        continue
      }
      let before = position
      entries.append(isMap ? try readFlowPair() : try readFlowElement())
      guard position > before else { throw refusal(at: before, "a value in brackets is not understood") }
    }
    position += 1
    return TextNode(
      kind: isMap ? .map(entries) : .list(entries), start: start, contentStart: start, end: position, isFlow: true)
  }

  private mutating func readFlowPair() throws(GalleyError) -> TextEntry {
    let start = position
    guard bytes[position] != Ascii.question || !bytes.isBlank(position + 1) else {
      throw refusal(at: position, "a key that begins with '? ' is not understood")
    }
    let key = try readFlowNode()
    var entry = TextEntry(
      start: start, keyIsQuoted: bytes[key.contentStart] == Ascii.doubleQuote,
      value: TextNode(kind: .empty, start: key.end, contentStart: key.end, end: key.end))
    skipToContent()
    guard bytes[position] == Ascii.colon else {
      position = key.end
      return entry
    }
    position += 1
    let markerEnd = position
    entry.markerEnd = markerEnd
    skipToContent()
    if bytes[position] == Ascii.comma || bytes[position] == Ascii.closeMap {
      position = markerEnd
      entry.value = TextNode(kind: .empty, start: markerEnd, contentStart: markerEnd, end: markerEnd)
    } else {
      entry.value = try readFlowNode()
    }
    return entry
  }

  private mutating func readFlowElement() throws(GalleyError) -> TextEntry {
    let start = position
    let isExplicitPair = bytes[position] == Ascii.question && bytes.isBlank(position + 1)
    if isExplicitPair { throw refusal(at: position, "a key that begins with '? ' is not understood") }
    if bytes[position] == Ascii.colon, bytes.isBlank(position + 1) {
      throw refusal(at: position, "an empty key is not understood")
    }
    var node = try readFlowNode()
    let end = position
    skipToContent()
    guard bytes[position] == Ascii.colon else {
      position = end
      return TextEntry(start: start, value: node)
    }
    // A pair that makes a group of its own.
    position += 1
    skipToContent()
    var pairEnd = position
    if bytes[position] != Ascii.comma, bytes[position] != Ascii.closeList {
      pairEnd = try readFlowNode().end
    }
    position = pairEnd
    node = TextNode(kind: .opaque, start: start, contentStart: start, end: pairEnd, isFlow: true)
    return TextEntry(start: start, value: node)
  }

  private mutating func readFlowNode() throws(GalleyError) -> TextNode {
    let start = position
    let anchor = readProperties()
    if position > start { skipToContent() }
    var node: TextNode
    switch bytes[position] {
    case Ascii.openList, Ascii.openMap:
      node = try readFlow()
    case Ascii.alias:
      node = readAlias()
    case Ascii.comma, Ascii.closeList, Ascii.closeMap, Ascii.colon:
      let end = bytes.withoutSpaces(before: position)
      guard end > start else { throw refusal(at: position, "an empty key is not understood") }
      position = end
      node = TextNode(kind: .scalar, start: start, contentStart: end, end: end)
    default:
      let contentStart = position
      try skipScalar(inside: nil)
      node = TextNode(kind: .scalar, start: contentStart, contentStart: contentStart, end: position)
    }
    (node.start, node.anchor) = (start, anchor)
    return node
  }
}
