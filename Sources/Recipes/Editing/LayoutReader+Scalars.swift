// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension LayoutReader {
  /// Goes behind the scalar that begins here.
  /// - Parameter parent: the column of the block group around it; `nil` in brackets.
  mutating func skipScalar(inside parent: Int?) throws(GalleyError) {
    switch bytes[position] {
    case Ascii.doubleQuote, Ascii.singleQuote: try skipQuoted()
    default: skipPlain(inside: parent)
    }
  }

  mutating func skipQuoted() throws(GalleyError) {
    let start = position
    let quote = bytes[position]
    position += 1
    while let byte = bytes[position] {
      position += 1
      if byte == Ascii.backslash, quote == Ascii.doubleQuote {
        position += 1
      } else if byte == quote {
        guard quote == Ascii.singleQuote, bytes[position] == quote else { return }
        position += 1
      }
    }
    throw refusal(at: start, "a quotation mark has no counterpart")
  }

  /// A plain scalar goes on over lines until something else begins.
  private mutating func skipPlain(inside parent: Int?) {
    while true {
      skipPlainLine(inFlow: parent == nil)
      guard bytes.isBreak(bytes.skippingSpaces(position)), let next = continuation(inside: parent) else { return }
      position = next
    }
  }

  /// Where a plain scalar goes on behind the line's end, if it does.
  private func continuation(inside parent: Int?) -> Int? {
    var next = position
    while next < bytes.count, bytes.isBlank(next) { next += 1 }
    guard next < bytes.count, bytes[next] != Ascii.hash, !isDocumentMarker(at: next) else { return nil }
    guard let parent else {
      let ends = Ascii.isFlowIndicator(bytes[next]) || endsPlain(at: next, inFlow: true)
      return ends ? nil : next
    }
    return next - bytes.lineStart(next) > parent ? next : nil
  }

  /// Goes behind the last character of a plain scalar on this line.
  mutating func skipPlainLine(inFlow: Bool) {
    let lineEnd = bytes.lineEnd(position)
    var place = position
    while place < lineEnd {
      if endsPlain(at: place, inFlow: inFlow) { break }
      if bytes[place] == Ascii.hash, place > 0, bytes.isSpace(place - 1) { break }
      place += 1
    }
    position = max(position, bytes.withoutSpaces(before: place))
  }

  private func endsPlain(at place: Int, inFlow: Bool) -> Bool {
    if inFlow, Ascii.isFlowIndicator(bytes[place]) { return true }
    guard bytes[place] == Ascii.colon else { return false }
    return bytes.isBlank(place + 1) || inFlow && Ascii.isFlowIndicator(bytes[place + 1])
  }

  /// Reads a literal or a folded scalar; its end is that of the last line that belongs to it.
  mutating func readBlockScalar(inside parent: Int) -> TextNode {
    let start = position
    var headerComment: Range<Int>?
    var explicit: Int?
    var keepsBreaks = false
    position += 1
    while let byte = bytes[position], !bytes.isBlank(position) {
      if byte == Ascii.plus { keepsBreaks = true }
      if (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(byte) { explicit = Int(byte - UInt8(ascii: "0")) }
      position += 1
    }
    var end = position
    let behind = bytes.skippingSpaces(position)
    if bytes[behind] == Ascii.hash {
      headerComment = behind..<bytes.lineEnd(behind)
      noteComment(at: behind)
      end = bytes.lineEnd(behind)
    }
    var indentation = explicit.map { max(parent, 0) + $0 }
    var line = bytes.nextLine(position)
    while line < bytes.count {
      var first = line
      while bytes[first] == Ascii.space, indentation.map({ first - line < $0 }) ?? true { first += 1 }
      if bytes.isBreak(first) || first >= bytes.count {
        if keepsBreaks { end = bytes.lineEnd(first) }
      } else {
        let indented = indentation ?? max(first - line, parent + 1, 1)
        guard first - line >= indented, !isDocumentMarker(at: line) else { break }
        indentation = indented
        end = bytes.lineEnd(first)
      }
      let next = bytes.nextLine(first)
      guard next > line else { break }
      line = next
    }
    position = end
    return TextNode(
      kind: .scalar, start: start, contentStart: start, end: end, headerComment: headerComment)
  }
}
