// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How paths and taxonomies are written.
enum PathSyntax {
  /// Whether this is words with dots between them, perhaps with a dot before the first, that backticks could quote.
  static func isValid(_ path: String) -> Bool {
    let words = (path.hasPrefix(".") ? path.dropFirst() : Substring(path))
      .split(separator: ".", omittingEmptySubsequences: false)
    return words.allSatisfy { word in
      !word.isEmpty && word.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "`") }
    }
  }

  /// Whether this is words of letters, digits, `-` and `_` with dots between them.
  static func isTaxonomy(_ text: String) -> Bool {
    text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { word in
      !word.isEmpty && word.allSatisfy { $0.isWordByte || $0 == UInt8(ascii: "-") }
    }
  }

  /// The path as an expression writes it: words that aren't plain in backticks.
  static func quoted(_ path: String) -> String {
    let isRelative = path.hasPrefix(".")
    let words = (isRelative ? path.dropFirst() : Substring(path))
      .split(separator: ".", omittingEmptySubsequences: false)
    if !isRelative, words.count == 1, Keyword.resembles(path) { return "`\(path)`" }
    let quoted = words.enumerated().map { index, word in
      isPlain(word, isFirst: index == 0) ? String(word) : "`\(word)`"
    }
    return (isRelative ? "." : "") + quoted.joined(separator: ".")
  }

  private static func isPlain(_ word: Substring, isFirst: Bool) -> Bool {
    guard let first = word.utf8.first, word.utf8.allSatisfy(\.isWordByte) else { return false }
    return !isFirst || !first.isDigitByte
  }
}

extension UInt8 {
  /// Whether this is an ASCII digit.
  var isDigitByte: Bool { (0x30...0x39).contains(self) }
  /// Whether this is an ASCII letter or `_`.
  var isLetterByte: Bool { (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) || self == 0x5F }
  /// Whether a plain word may hold this.
  var isWordByte: Bool { isLetterByte || isDigitByte }
}
