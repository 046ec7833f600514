// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension TextEdit {
  /// Writes, replaces or, with an empty text, removes the comment on an entry's line.
  mutating func setComment(_ comment: String, of entry: TextEntry, in parent: TextNode, at path: [String])
    throws(GalleyError)
  {
    let place = path.joined(separator: ".")
    guard !comment.unicodeScalars.contains(where: { $0.properties.generalCategory == .control || $0 == "\u{2028}" })
    else {
      throw refusal(at: place, "the comment has control characters or more than one line", "Write it in one line.")
    }
    let words = comment.split(separator: " ").joined(separator: " ")
    guard !style.isJSON else {
      if words.isEmpty { return }
      throw refusal(at: place, "JSON has no comments", "Leave the comment out.")
    }
    let end = commentedEnd(of: entry)
    let lineEnd = bytes.lineEnd(end)
    let old = layout.comments.first { $0.lowerBound >= end && $0.upperBound == lineEnd }
    if let old {
      let between = bytes.text(end..<old.lowerBound)
      guard between.allSatisfy({ $0 == " " || $0 == "\t" || $0 == "," }) else {
        throw refusal(at: place, "the line has a comment already, behind other values", "Change it by hand.")
      }
      let start = words.isEmpty ? bytes.withoutSpaces(before: old.lowerBound) : old.lowerBound
      replace(start..<lineEnd, by: words.isEmpty ? "" : "# " + words)
    } else if !words.isEmpty {
      insert("  # " + words, at: bytes.withoutSpaces(before: lineEnd))
    }
  }

  /// Where the words of an entry end that its comment stands behind: a group is commented beside its key.
  private func commentedEnd(of entry: TextEntry) -> Int {
    let value = entry.value
    if value.isBlockGroup {
      guard let markerEnd = entry.markerEnd else { return entry.end }
      guard bytes.lineStart(markerEnd) == bytes.lineStart(value.start) else { return markerEnd }
      // Beside a dash: the first entry's line.
      return value.entries.first.map(commentedEnd) ?? markerEnd
    }
    if let comment = value.headerComment { return bytes.withoutSpaces(before: comment.lowerBound) }
    if case .scalar = value.kind, [Ascii.literal, Ascii.folded].contains(bytes[value.contentStart]) {
      return bytes.lineEnd(value.contentStart)
    }
    return entry.end
  }
}
