// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A place in a YAML text, by code points.
///
/// The text holds no NUL, so a NUL stands for its end.
struct YAMLCursor {
  private let characters: [Unicode.Scalar]
  private(set) var index = 0
  private(set) var line = 0
  private(set) var column = 0
  /// Whether the line holds only spaces before this place.
  private(set) var isFirstOnLine = true

  init(_ text: String) { characters = Array(text.unicodeScalars) }

  static let end: Unicode.Scalar = "\0"

  var isAtEnd: Bool { index >= characters.count }

  /// The character `ahead` of here; NUL past the end.
  func peek(_ ahead: Int = 0) -> Unicode.Scalar {
    let place = index + ahead
    return place < characters.count ? characters[place] : Self.end
  }

  /// Steps over characters that are no line breaks.
  mutating func advance(_ count: Int = 1) {
    index = min(index + count, characters.count)
    column += count
    isFirstOnLine = false
  }

  /// Steps over one space.
  mutating func skipSpace() {
    index += 1
    column += 1
  }

  /// Steps over spaces; gives how many.
  @discardableResult mutating func skipSpaces() -> Int {
    let start = index
    while peek() == " " { index += 1 }
    column += index - start
    return index - start
  }

  /// Steps over one line break and gives what YAML reads it as.
  mutating func advanceBreak() -> Unicode.Scalar {
    let first = peek()
    index += first == "\r" && peek(1) == "\n" ? 2 : 1
    line += 1
    column = 0
    isFirstOnLine = true
    return first == "\r" || first == "\u{85}" ? "\n" : first
  }

  /// Whether `---` or `...` stands here at the start of a line.
  var isAtDocumentMark: Bool {
    guard column == 0, peek() == "-" || peek() == "." else { return false }
    return peek(1) == peek() && peek(2) == peek() && Self.isBlank(peek(3))
  }

  static func isBreak(_ character: Unicode.Scalar) -> Bool {
    character == "\n" || character == "\r" || character == "\u{85}" || character == "\u{2028}"
      || character == "\u{2029}"
  }

  /// A space, a tab, a line break or the end.
  static func isBlank(_ character: Unicode.Scalar) -> Bool {
    character == " " || character == "\t" || character == end || isBreak(character)
  }

  /// The first character that YAML does not allow in a text, with its line and column from zero on.
  func firstForbidden() -> (character: Unicode.Scalar, line: Int, column: Int)? {
    var line = 0
    var column = 0
    for character in characters {
      switch character {
      case "\u{FFFE}", "\u{FFFF}": return (character, line, column)
      case "\t", "\n", "\r", " "..."~", "\u{85}", "\u{A0}"...: break
      default: return (character, line, column)
      }
      column += 1
      if Self.isBreak(character) { (line, column) = (line + 1, 0) }
    }
    return nil
  }
}
