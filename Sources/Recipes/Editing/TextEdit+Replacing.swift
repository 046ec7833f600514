// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension TextEdit {
  /// Writes another value in the place of an entry's.
  mutating func replaceValue(of entry: TextEntry, in parent: TextNode, by value: ConfigurationValue) {
    if !parent.isFlow, style.prefersBlock(value), replaceByLines(entry, in: parent, value) { return }
    let old = entry.value
    let text = style.inline(value, inFlow: parent.isFlow, quotes: quotes(of: old))
    if old.isEmpty {
      if let markerEnd = entry.markerEnd { insert(" " + text, at: markerEnd) } else { insert(": " + text, at: old.end) }
    } else if old.isBlockGroup {
      replaceLines(of: entry, in: parent, by: text)
    } else if let comment = old.headerComment {
      replace(old.start..<old.end, by: "\(text)  \(bytes.text(comment))")
    } else {
      replace(old.start..<old.end, by: text)
    }
  }

  /// The quotes that a new text keeps.
  private func quotes(of old: TextNode) -> ScalarText.Quotes {
    guard case .scalar = old.kind else { return .ifNeeded }
    switch bytes[old.contentStart] {
    case Ascii.singleQuote: return .single
    case Ascii.doubleQuote: return .double
    default: return .ifNeeded
    }
  }

  /// Whether a value begins on the line of its colon or dash.
  private func isBesideMarker(_ entry: TextEntry) -> Bool {
    guard let markerEnd = entry.markerEnd else { return true }
    return bytes.lineStart(markerEnd) == bytes.lineStart(entry.value.start)
  }

  private mutating func replaceLines(of entry: TextEntry, in parent: TextNode, by text: String) {
    let end = endOfLines(of: entry, column: parent.column)
    guard let markerEnd = entry.markerEnd, !isBesideMarker(entry) else {
      replace(entry.value.start..<end, by: text)
      return
    }
    insert(" " + text, at: markerEnd)
    remove(bytes.lineEnd(markerEnd)..<end)
  }

  /// Writes a group on lines of its own; false where only one line is possible.
  private mutating func replaceByLines(
    _ entry: TextEntry, in parent: TextNode, _ value: ConfigurationValue
  ) -> Bool {
    guard let markerEnd = entry.markerEnd else { return false }
    if case .list = parent.kind { return replaceElementByLines(entry, markerEnd, in: parent, value) }
    let old = entry.value
    let text =
      style.newline
      + joined(
        style.block(value, column: style.childColumn(of: value, under: parent.column)))
    if old.isEmpty {
      insert(text, at: bytes.lineEnd(markerEnd))
    } else if old.isBlockGroup {
      let start = isBesideMarker(entry) ? markerEnd : bytes.lineEnd(markerEnd)
      replace(start..<endOfLines(of: entry, column: parent.column), by: text)
    } else if let comment = old.headerComment {
      replace(old.start..<old.end, by: bytes.text(comment) + text)
    } else if !isBesideMarker(entry) {
      let column = old.start - bytes.lineStart(old.start)
      guard column > parent.column, bytes.startsLine(old.start) else { return false }
      replace(old.start..<old.end, by: String(joined(style.block(value, column: column)).dropFirst(column)))
    } else {
      let lineEnd = bytes.lineEnd(old.end)
      if bytes.isBlank(old.end..<lineEnd) {
        replace(markerEnd..<lineEnd, by: text)
      } else {
        remove(markerEnd..<old.end)
        insert(text, at: lineEnd)
      }
    }
    return true
  }

  /// The same for a list's element, whose first line stands beside the dash.
  private mutating func replaceElementByLines(
    _ entry: TextEntry, _ markerEnd: Int, in parent: TextNode, _ value: ConfigurationValue
  ) -> Bool {
    let old = entry.value
    let column = old.isEmpty ? parent.column + 2 : old.start - bytes.lineStart(old.start)
    let lines = joined(style.block(value, column: column))
    let lineEnd = bytes.lineEnd(old.end)
    if old.isBlockGroup {
      replace(old.start..<endOfLines(of: entry, column: parent.column), by: String(lines.dropFirst(column)))
    } else if !bytes.isBlank(old.end..<lineEnd) || old.headerComment != nil {
      guard old.isEmpty else { return false }
      insert(style.newline + lines, at: lineEnd)
    } else {
      replace((old.isEmpty ? markerEnd : old.start)..<old.end, by: (old.isEmpty ? " " : "") + lines.dropFirst(column))
    }
    return true
  }
}
