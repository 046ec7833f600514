// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A scalar's text in YAML and the ways in which it may be written.
struct YAMLStyle {
  /// The text as it stands plain or inside quotes.
  let text: String
  /// Its code points.
  let characters: [Unicode.Scalar]

  private let tagLength: Int
  /// Written plain it reads back as what it is.
  private let readsBack: Bool
  private let allowsPlain: Bool
  /// Single quotes can hold it.
  let allowsSingleQuotes: Bool
  private let hasBreaks: Bool

  /// `nil` for a list or a map.
  init?(_ value: PortableValue) {
    let isText = value.text != nil
    switch value {
    case .null: (text, tagLength) = ("null", "!!null".utf8.count)
    case .bool(let bool): (text, tagLength) = (bool ? "true" : "false", "!!bool".utf8.count)
    case .integer(let integer): (text, tagLength) = (integer.description, "!!int".utf8.count)
    case .float(let number): (text, tagLength) = (Self.word(number), "!!float".utf8.count)
    case .text(let string): (text, tagLength) = (string, "!!str".utf8.count)
    case .list, .map: return nil
    }
    characters = Array(text.unicodeScalars)
    readsBack = !isText || YAMLScalar.kind(of: text) == .text
    let look = Look(characters)
    hasBreaks = look.hasBreaks
    allowsPlain = !look.hasIndicators && !look.hasBreaks && !look.hasSpecial && !look.hasOuterSpace
    allowsSingleQuotes = !look.hasSpecial && !look.hasSpaceAtBreak
  }

  /// YAML's floats have a point; Python's `repr` leaves it out before an exponent.
  private static func word(_ number: Double) -> String {
    if number.isNaN { return ".nan" }
    if number.isInfinite { return number < 0 ? "-.inf" : ".inf" }
    let text = PythonText.repr(number)
    guard !text.contains("."), let place = text.firstIndex(of: "e") else { return text }
    return text[..<place] + ".0" + text[place...]
  }

  /// Whether it is written without quotes.
  func isPlain(asKey: Bool) -> Bool {
    readsBack && allowsPlain && !(asKey && (characters.isEmpty || hasBreaks))
  }

  /// Whether it is written in single quotes, if not plain.
  func isSingleQuoted(asKey: Bool) -> Bool { allowsSingleQuotes && !(asKey && hasBreaks) }

  /// Whether as a key it needs no `?` before it.
  var isShortKey: Bool { characters.count + tagLength < 128 && !characters.isEmpty && !hasBreaks }
}

/// What in a text decides how it may be written.
private struct Look {
  /// Characters that mean something to YAML where they stand.
  var hasIndicators = false
  var hasBreaks = false
  /// Characters that only double quotes can hold.
  var hasSpecial = false
  /// A space or a line break at either end.
  var hasOuterSpace = false
  /// A space just before or after a line break.
  var hasSpaceAtBreak = false

  init(_ characters: [Unicode.Scalar]) {
    guard let first = characters.first, let last = characters.last else { return }
    hasOuterSpace = Self.isSpace(first) || Self.isSpace(last)
    let mark = characters.prefix(3)
    hasIndicators = mark.elementsEqual("---".unicodeScalars) || mark.elementsEqual("...".unicodeScalars)
    var previous: Unicode.Scalar?
    for (index, character) in characters.enumerated() {
      let next = index + 1 < characters.count ? characters[index + 1] : nil
      inspect(character, after: previous, before: next)
      previous = character
    }
  }

  private static func isSpace(_ character: Unicode.Scalar) -> Bool { character == " " || isBreak(character) }

  private static func isBreak(_ character: Unicode.Scalar) -> Bool {
    character == "\n" || character == "\u{85}" || character == "\u{2028}" || character == "\u{2029}"
  }

  private static func isBlankOrEnd(_ character: Unicode.Scalar?) -> Bool {
    guard let character else { return true }
    return YAMLCursor.isBlank(character)
  }

  private mutating func inspect(
    _ character: Unicode.Scalar, after previous: Unicode.Scalar?, before next: Unicode.Scalar?
  ) {
    if previous == nil {
      hasIndicators = hasIndicators || Self.opens(character, before: next)
    } else if character == ":" && Self.isBlankOrEnd(next) || character == "#" && Self.isBlankOrEnd(previous) {
      hasIndicators = true
    }
    if Self.isBreak(character) { hasBreaks = true }
    if character != "\n", !(" "..."~").contains(character) { hasSpecial = true }
    if let previous {
      let pair = (Self.isBreak(previous) && character == " ") || (previous == " " && Self.isBreak(character))
      hasSpaceAtBreak = hasSpaceAtBreak || pair
    }
  }

  private static func opens(_ character: Unicode.Scalar, before next: Unicode.Scalar?) -> Bool {
    switch character {
    case "?", ":", "-": isBlankOrEnd(next)
    default: "#,[]{}&*!|>'\"%@`".unicodeScalars.contains(character)
    }
  }
}
