// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension TextEdit {
  /// Takes out one of several entries, with the comment on its line.
  mutating func removeEntry(at position: Int, of group: TextNode) {
    if group.isFlow {
      removeFromBrackets(position, group)
    } else {
      removeLines(position, group)
    }
  }

  /// Leaves a document without keys.
  mutating func emptyDocument() {
    let root = layout.root
    guard !root.isFlow, let entry = root.entries.first else { return replace(root.start..<root.end, by: "{}") }
    replace(entry.start..<endOfLines(of: entry, column: root.column), by: "{}")
  }

  private mutating func removeLines(_ position: Int, _ group: TextNode) {
    let entry = group.entries[position]
    let end = endOfLines(of: entry, column: group.column)
    let lineStart = bytes.lineStart(entry.start)
    if bytes.startsLine(entry.start) {
      let next = bytes.nextLine(end)
      // The last line of a text may have no break; then the one before goes.
      let start = next == end && lineStart > 0 ? bytes.lineEnd(before: lineStart) : lineStart
      return remove(start..<next)
    }
    // The first entry beside a dash: the next one takes its place, unless comments stand between.
    if let next = group.entries.dropFirst(position + 1).first?.start, bytes.isBlank(end..<next) {
      remove(entry.start..<next)
    } else {
      remove(bytes.withoutSpaces(before: entry.start)..<end)
    }
  }

  private mutating func removeFromBrackets(_ position: Int, _ group: TextNode) {
    let entry = group.entries[position]
    let isLast = position == group.entries.count - 1
    if let comma = entry.comma {
      removeWithComma(entry, comma, next: isLast ? nil : group.entries[position + 1].start)
    } else if position > 0, let comma = group.entries[position - 1].comma {
      removeWithoutComma(entry, after: comma)
    }
  }

  private mutating func removeWithComma(_ entry: TextEntry, _ comma: Int, next: Int?) {
    let end = comma + 1
    if let lines = wholeLines(entry.start, end) {
      remove(lines)
    } else if let next, bytes.isBlank(end..<next), !bytes.startsLine(next) || !bytes.startsLine(entry.start) {
      remove(entry.start..<next)
    } else if next == nil {
      remove(bytes.withoutSpaces(before: entry.start)..<end)
    } else {
      remove(entry.start..<bytes.skippingSpaces(end))
    }
  }

  private mutating func removeWithoutComma(_ entry: TextEntry, after comma: Int) {
    if let lines = wholeLines(entry.start, entry.end) {
      remove(lines)
      remove(comma..<comma + 1)
    } else if bytes.isBlank(comma + 1..<entry.start) {
      remove(comma..<entry.end)
    } else {
      remove(comma..<comma + 1)
      remove(bytes.withoutSpaces(before: entry.start)..<entry.end)
    }
  }

  /// The lines of an entry that shares them with nothing but its own comment.
  private func wholeLines(_ start: Int, _ end: Int) -> Range<Int>? {
    let rest = bytes.skippingSpaces(end)
    guard bytes.startsLine(start), rest == bytes.lineEnd(end) || bytes[rest] == Ascii.hash else { return nil }
    return bytes.lineStart(start)..<bytes.nextLine(end)
  }
}
