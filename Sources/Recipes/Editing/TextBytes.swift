// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// UTF-8 text as bytes, with questions about lines; no question is out of bounds.
struct TextBytes: Sendable, Hashable {
  var bytes: [UInt8]

  init(_ text: String) { bytes = Array(text.utf8) }

  var count: Int { bytes.count }
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The byte at `place`; `nil` outside of the text.
  subscript(place: Int) -> UInt8? { bytes.indices.contains(place) ? bytes[place] : nil }

  func isSpace(_ place: Int) -> Bool { self[place] == Ascii.space || self[place] == Ascii.tab }

  func isBreak(_ place: Int) -> Bool { self[place] == Ascii.newline || self[place] == Ascii.carriageReturn }

  /// Whether there is white space or nothing at all.
  func isBlank(_ place: Int) -> Bool { self[place] == nil || isSpace(place) || isBreak(place) }

  func has(_ word: String, at place: Int) -> Bool {
    word.utf8.enumerated().allSatisfy { self[place + $0.offset] == $0.element }
  }

  /// First byte of the line that `place` is on.
  func lineStart(_ place: Int) -> Int {
    var start = min(place, count)
    while start > 0, self[start - 1] != Ascii.newline { start -= 1 }
    return start
  }

  /// Behind the last byte of the line that `place` is on, without its break.
  func lineEnd(_ place: Int) -> Int {
    var end = min(place, count)
    while end < count, !isBreak(end) { end += 1 }
    return end
  }

  /// First byte of the next line, or the end of the text.
  func nextLine(_ place: Int) -> Int {
    var next = lineEnd(place)
    if self[next] == Ascii.carriageReturn { next += 1 }
    if self[next] == Ascii.newline { next += 1 }
    return next
  }

  /// Where the line before the one that begins at `lineStart` ends, without its break.
  func lineEnd(before lineStart: Int) -> Int {
    guard lineStart > 0 else { return 0 }
    return self[lineStart - 2] == Ascii.carriageReturn ? lineStart - 2 : lineStart - 1
  }

  func skippingSpaces(_ place: Int) -> Int {
    var place = place
    while isSpace(place) { place += 1 }
    return place
  }

  /// The first place of the spaces that end at `place`.
  func withoutSpaces(before place: Int) -> Int {
    var place = place
    while place > 0, isSpace(place - 1) { place -= 1 }
    return place
  }

  /// Whether nothing but spaces stands before `place` on its line.
  func startsLine(_ place: Int) -> Bool { withoutSpaces(before: place) == lineStart(place) }

  /// Whether `range` holds nothing but white space.
  func isBlank(_ range: Range<Int>) -> Bool { range.allSatisfy { isBlank($0) } }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range.clamped(to: 0..<count)], as: UTF8.self) }
}

/// The characters that YAML gives a meaning.
enum Ascii {
  static let tab = UInt8(ascii: "\t")
  static let newline = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let hash = UInt8(ascii: "#")
  static let colon = UInt8(ascii: ":")
  static let dash = UInt8(ascii: "-")
  static let question = UInt8(ascii: "?")
  static let comma = UInt8(ascii: ",")
  static let openList = UInt8(ascii: "[")
  static let closeList = UInt8(ascii: "]")
  static let openMap = UInt8(ascii: "{")
  static let closeMap = UInt8(ascii: "}")
  static let doubleQuote = UInt8(ascii: "\"")
  static let singleQuote = UInt8(ascii: "'")
  static let backslash = UInt8(ascii: "\\")
  static let anchor = UInt8(ascii: "&")
  static let alias = UInt8(ascii: "*")
  static let tag = UInt8(ascii: "!")
  static let literal = UInt8(ascii: "|")
  static let folded = UInt8(ascii: ">")
  static let plus = UInt8(ascii: "+")
  static let percent = UInt8(ascii: "%")

  static func isFlowIndicator(_ byte: UInt8?) -> Bool {
    switch byte {
    case comma, openList, closeList, openMap, closeMap: true
    default: false
    }
  }
}
