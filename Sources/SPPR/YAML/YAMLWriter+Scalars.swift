// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension YAMLWriter {
  /// Writes a scalar; `indent` is where its further lines begin. A key stays on one line.
  mutating func write(_ style: YAMLStyle, asKey: Bool, indent: Int) {
    if style.isPlain(asKey: asKey) {
      writePlain(style.characters, indent: indent, folds: !asKey)
    } else if style.isSingleQuoted(asKey: asKey) {
      writeSingleQuoted(style.characters, indent: indent, folds: !asKey)
    } else {
      writeDoubleQuoted(style.characters, indent: indent, folds: !asKey)
    }
  }

  private mutating func put(_ characters: ArraySlice<Unicode.Scalar>) {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: characters)
    put(String(view))
  }

  /// Runs of one kind: spaces, line breaks, apostrophes, everything else.
  private static func runs(_ characters: [Unicode.Scalar]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var start = 0
    for index in characters.indices where index + 1 == characters.count || !joins(characters, index) {
      runs.append(start..<(index + 1))
      start = index + 1
    }
    return runs
  }

  private static func joins(_ characters: [Unicode.Scalar], _ index: Int) -> Bool {
    func kind(_ character: Unicode.Scalar) -> Int { character == " " ? 0 : character == "\n" ? 1 : 2 }
    return kind(characters[index]) == kind(characters[index + 1])
  }

  // MARK: Plain

  /// The only place to fold is a single space that stands beyond the width.
  private mutating func writePlain(_ characters: [Unicode.Scalar], indent: Int, folds: Bool) {
    guard !characters.isEmpty else { return }
    if !isAfterSpace { put(" ") }
    isAfterSpace = false
    isIndentation = false
    for run in Self.runs(characters) {
      if characters[run.lowerBound] == " ", run.count == 1, column > Self.width, folds {
        breakLine(indent)
        isAfterSpace = false
        isIndentation = false
      } else {
        put(characters[run])
      }
    }
  }

  // MARK: Single quotes

  private mutating func writeSingleQuoted(_ characters: [Unicode.Scalar], indent: Int, folds: Bool) {
    put(indicator: "'", spaced: true)
    for run in Self.runs(characters) {
      switch characters[run.lowerBound] {
      case " ":
        let isInner = run.lowerBound > 0 && run.upperBound < characters.count
        if run.count == 1, column > Self.width, folds, isInner {
          breakLine(indent)
        } else {
          put(characters[run])
        }
      case "\n":
        // A line break alone would read as a space.
        endLine()
        for _ in run { endLine() }
        breakLine(indent)
      default:
        for character in characters[run] { put(character == "'" ? "''" : String(character)) }
      }
    }
    put(indicator: "'", spaced: false)
  }

  // MARK: Double quotes

  private static let escapes: [Unicode.Scalar: String] = [
    "\0": "0", "\u{7}": "a", "\u{8}": "b", "\t": "t", "\n": "n", "\u{B}": "v", "\u{C}": "f", "\r": "r", "\u{1B}": "e",
    "\"": "\"", "\\": "\\", "\u{85}": "N", "\u{A0}": "_", "\u{2028}": "L", "\u{2029}": "P",
  ]

  private static func escape(_ character: Unicode.Scalar) -> String {
    if let letter = escapes[character] { return "\\" + letter }
    let (letter, width) = character.value <= 0xFF ? ("x", 2) : character.value <= 0xFFFF ? ("u", 4) : ("U", 8)
    let digits = String(character.value, radix: 16, uppercase: true)
    return "\\" + letter + String(repeating: "0", count: width - digits.utf8.count) + digits
  }

  private static func needsEscape(_ character: Unicode.Scalar) -> Bool {
    character == "\"" || character == "\\" || !(" "..."~").contains(character)
  }

  /// Folds before a space or after an escape once the width is reached; a backslash takes the line break away.
  private mutating func writeDoubleQuoted(_ characters: [Unicode.Scalar], indent: Int, folds: Bool) {
    put(indicator: "\"", spaced: true)
    var start = 0
    for (index, character) in characters.enumerated() {
      if Self.needsEscape(character) {
        put(characters[start..<index])
        put(Self.escape(character))
        start = index + 1
      }
      let isInner = index > 0 && index < characters.count - 1
      guard folds, isInner, character == " " || start >= index else { continue }
      let pending = max(start, index)
      guard column + index - start > Self.width else { continue }
      put(characters[start..<pending])
      put("\\")
      start = pending
      breakLine(indent)
      isAfterSpace = false
      isIndentation = false
      if characters[start] == " " { put("\\") }
    }
    put(characters[start...])
    put(indicator: "\"", spaced: false)
  }
}
