// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension TextEdit {
  /// Writes the first keys of a document that says nothing yet.
  mutating func fillDocument(with value: ConfigurationValue) {
    let place = layout.documentEnd
    let isLineBegun = place > 0 && bytes[place - 1] != Ascii.newline
    insert((isLineBegun ? style.newline : "") + joined(style.block(value, column: 0)) + style.newline, at: place)
  }

  /// Writes a new entry at the end of a group.
  mutating func append(_ key: String, _ value: ConfigurationValue, to group: TextNode, inside parentColumn: Int) {
    guard !group.isFlow else { return appendInBrackets(key, value, to: group) }
    guard let last = group.entries.last else { return }
    let isList = if case .list = group.kind { true } else { false }
    let lines =
      isList
      ? style.element(of: value, column: group.column)
      : style.entry(
        style.key(key, inFlow: false, quoted: last.keyIsQuoted), value, column: group.column)
    // The comments of a list whose dashes stand under its key's first letter can't be told from those of the next key.
    let sharesColumn = isList && group.column == parentColumn
    let place = endOfComments(after: bytes.lineEnd(last.end)) { indentation, isApart in
      indentation > group.column
        || indentation == group.column && !sharesColumn && (group.column > 0 || !isApart)
    }
    insert(style.newline + joined(lines), at: place)
  }

  private mutating func appendInBrackets(_ key: String, _ value: ConfigurationValue, to group: TextNode) {
    guard let last = group.entries.last else { return fillBrackets(key, value, of: group) }
    let isCompact = last.keyIsQuoted && last.markerEnd == last.value.start
    let text = bracketed(key, value, in: group, quoted: last.keyIsQuoted, colon: isCompact ? ":" : ": ")
    // `a:,` would be no empty value but text.
    let afterValue = last.value.isEmpty && bytes.isSpace(last.end) ? last.end + 1 : last.end
    let behind = last.comma.map { $0 + 1 } ?? afterValue
    guard ownsLine(last, in: group) else {
      let separator = isCompact && !separatesBySpace(group) ? "," : ", "
      return last.comma == nil ? insert(separator + text, at: afterValue) : insert(" \(text),", at: behind)
    }
    let indentation = bytes.text(bytes.lineStart(last.start)..<last.start)
    let lineEnd = bytes.lineEnd(behind)
    let rest = bytes.skippingSpaces(behind)
    let line = style.newline + indentation + text + (last.comma == nil ? "" : ",")
    guard rest == lineEnd || bytes[rest] == Ascii.hash else {
      return insert((last.comma == nil ? "," : "") + line, at: behind)
    }
    if last.comma == nil, lineEnd == afterValue {
      insert("," + line, at: lineEnd)
    } else {
      if last.comma == nil { insert(",", at: afterValue) }
      insert(line, at: lineEnd)
    }
  }

  private mutating func fillBrackets(_ key: String, _ value: ConfigurationValue, of group: TextNode) {
    let text = bracketed(key, value, in: group, quoted: false, colon: ": ")
    let inside = group.contentStart + 1..<group.end - 1
    if bytes.isBlank(inside) { replace(inside, by: text) } else { insert(text, at: inside.lowerBound) }
  }

  private func bracketed(
    _ key: String, _ value: ConfigurationValue, in group: TextNode, quoted: Bool, colon: String
  ) -> String {
    let text = style.inline(value, inFlow: true)
    if case .list = group.kind { return text }
    return style.key(key, inFlow: true, quoted: quoted) + colon + text
  }

  /// Whether an entry in brackets begins a line, as in indented JSON.
  func ownsLine(_ entry: TextEntry, in group: TextNode) -> Bool {
    bytes.startsLine(entry.start) && bytes.lineStart(entry.start) > group.start
  }

  private func separatesBySpace(_ group: TextNode) -> Bool {
    group.entries.contains { $0.comma.map { bytes.isSpace($0 + 1) } ?? false }
  }
}
