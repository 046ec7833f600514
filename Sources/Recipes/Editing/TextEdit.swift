// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// One change of a text: the bytes that go and those that come.
struct TextEdit {
  let bytes: TextBytes
  let layout: TextLayout
  let style: TextStyle
  private var patches: [(range: Range<Int>, text: String)] = []

  init(_ bytes: TextBytes, _ layout: TextLayout) {
    self.bytes = bytes
    self.layout = layout
    style = TextStyle(layout, of: bytes)
  }

  /// The changed text.
  var result: TextBytes {
    var result = bytes
    // Later places first, so that earlier ones stay right; at the same place, what goes before what comes.
    let latestFirst = patches.sorted {
      ($0.range.lowerBound, $0.range.upperBound) > ($1.range.lowerBound, $1.range.upperBound)
    }
    for patch in latestFirst {
      result.bytes.replaceSubrange(patch.range, with: Array(patch.text.utf8))
    }
    return result
  }

  mutating func replace(_ range: Range<Int>, by text: String) { patches.append((range, text)) }

  mutating func insert(_ text: String, at place: Int) { patches.append((place..<place, text)) }

  mutating func remove(_ range: Range<Int>) { patches.append((range, "")) }

  func joined(_ lines: [String]) -> String { lines.joined(separator: style.newline) }

  // MARK: Finding

  /// How far the text follows a path.
  struct Trail {
    /// The values on the way, the document's root first.
    var nodes: [TextNode]
    /// The position in each value of the entry that leads on.
    var positions: [Int] = []

    /// The value where the trail ends.
    var last: TextNode { nodes[nodes.count - 1] }

    /// The group and the entry that the trail ends in; `nil` for the root.
    var end: (parent: TextNode, position: Int, entry: TextEntry)? {
      guard let position = positions.last, nodes.count >= 2 else { return nil }
      let parent = nodes[nodes.count - 2]
      return (parent, position, parent.entries[position])
    }

    /// The column of the group that holds the last value's group.
    var parentColumn: Int { nodes.count >= 2 ? nodes[nodes.count - 2].column : -1 }
  }

  /// Follows a path as far as the text has it.
  /// - Throws: `GalleyError` if the path leads through an alias, or into a value that aliases refer to.
  func trail(along path: [String]) throws(GalleyError) -> Trail {
    var trail = Trail(nodes: [layout.root])
    for (depth, key) in path.enumerated() {
      let node = trail.last
      let place = path.prefix(depth).joined(separator: ".")
      try refuseShared(node, at: place)
      switch node.kind {
      case .alias:
        throw refusal(
          at: place, "the value is an alias, '\(bytes.text(node.start..<node.end))', of one that stands elsewhere",
          "Change the value with the anchor, or replace the whole alias.")
      case .opaque:
        throw refusal(at: place, "a pair inside a list can't be changed", "Write it in braces.")
      default:
        guard let position = node.entries.firstIndex(where: { $0.key == key }) else { return trail }
        trail.positions.append(position)
        trail.nodes.append(node.entries[position].value)
      }
    }
    try refuseShared(trail.last, at: path.joined(separator: "."))
    return trail
  }

  private func refuseShared(_ node: TextNode, at place: String) throws(GalleyError) {
    guard let anchor = node.anchor, layout.isShared(anchor) else { return }
    throw refusal(
      at: place, "the value has the anchor '&\(anchor)' and is used elsewhere too, so the change would reach further",
      "Replace the aliases '*\(anchor)' by values first.")
  }

  /// Refuses to drop a value that aliases elsewhere refer to.
  func refuseLosingAnchors(in range: Range<Int>, at path: [String]) throws(GalleyError) {
    guard let anchor = layout.anchor(leaving: range) else { return }
    throw refusal(
      at: path.joined(separator: "."), "it holds the anchor '&\(anchor)', which is used elsewhere",
      "Replace the aliases '*\(anchor)' by values first.")
  }

  func refusal(at place: String, _ why: String, _ remedy: String) -> GalleyError {
    GalleyError(
      .configuration, "can't change the recipe's text", at: place.isEmpty ? nil : place, why: why, remedy: remedy)
  }

  // MARK: Extents

  /// Where the lines of an entry end: with a group go its comments, those deeper than the entry too.
  func endOfLines(of entry: TextEntry, column: Int) -> Int {
    let end = bytes.lineEnd(entry.end)
    guard entry.value.isBlockGroup else { return end }
    return endOfComments(after: end) { indentation, _ in indentation > column }
  }

  /// The end of the last comment line behind `place` that belongs there.
  /// - Parameter belongs: decides by the comment's indentation, and whether an empty line stands before it.
  func endOfComments(after place: Int, belongs: (_ indentation: Int, _ isApart: Bool) -> Bool) -> Int {
    var end = place
    var line = bytes.nextLine(place)
    var isApart = false
    while line < layout.documentEnd {
      let first = bytes.skippingSpaces(line)
      if bytes.isBreak(first) {
        isApart = true
      } else {
        guard bytes[first] == Ascii.hash, belongs(first - line, isApart) else { break }
        end = bytes.lineEnd(first)
        isApart = false
      }
      line = bytes.nextLine(first)
    }
    return end
  }
}
