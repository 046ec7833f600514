// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension TextLayout {
  /// Puts the tree's keys into the layout.
  ///
  /// The tree comes from the YAML parser; keys, numbers of entries and the places where values begin must agree.
  /// - Throws: `GalleyError` if they don't, since no edit would be safe then.
  mutating func adopt(_ tree: SourceNode, in bytes: TextBytes) throws(GalleyError) {
    var adopter = LayoutAdopter(bytes: bytes)
    try adopter.adopt(&root, tree)
  }
}

private struct LayoutAdopter {
  private let bytes: TextBytes
  private let lineStarts: [Int]

  init(bytes: TextBytes) {
    self.bytes = bytes
    lineStarts = [0] + bytes.bytes.indices.filter { bytes[$0] == Ascii.newline }.map { $0 + 1 }
  }

  mutating func adopt(_ node: inout TextNode, _ tree: SourceNode) throws(GalleyError) {
    switch (node.kind, tree.content) {
    case (.alias, _), (.opaque, .map), (.empty, .scalar(.null)):
      return
    case (.scalar, .scalar):
      if node.contentStart < node.end { try check(node.start, tree.position) }
    case (.map(var entries), .map(let branches)) where entries.count == branches.count:
      for (index, branch) in zip(entries.indices, branches) {
        try check(entries[index].start, branch.position)
        entries[index].key = branch.key
        try adopt(&entries[index].value, branch.value)
      }
      node.kind = .map(entries)
    case (.list(var entries), .list(let branches)) where entries.count == branches.count:
      for (index, branch) in zip(entries.indices, branches) {
        entries[index].key = String(index)
        try adopt(&entries[index].value, branch)
      }
      node.kind = .list(entries)
    default:
      throw LayoutReader(bytes).refusal(at: node.start, "the layout of \(tree.value.kindName) is not understood")
    }
  }

  /// Compares a place with the parser's line and column, which count characters from 1.
  private func check(_ place: Int, _ position: SourcePosition) throws(GalleyError) {
    let start = lineStarts.indices.contains(position.line - 1) ? lineStarts[position.line - 1] : -1
    let isRight =
      start >= 0 && start <= place
      // Bytes that continue a UTF-8 character, 10xxxxxx, are not counted.
      && bytes.bytes[start..<place].count { $0 & 0xC0 != 0x80 } == position.column - 1
    guard isRight else { throw LayoutReader(bytes).refusal(at: place, "the layout is not understood") }
  }
}
