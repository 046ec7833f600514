// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The smallest piece of an expression's text.
struct Token {
  /// What was read.
  enum Kind: Equatable {
    case number(Magnitude, ExpressionUnit?)
    case text(String)
    case path(String, isSingleWord: Bool)
    case keyword(Keyword)
    case symbol(Symbol)
    case end
  }

  /// A number without its sign; whole ones reach one further than `Int.max`, for `Int.min`.
  enum Magnitude: Equatable {
    case whole(UInt64)
    case fraction(Double)
  }

  var kind: Kind
  /// Where the token begins and ends in the text's UTF-8.
  var range: Range<Int>
}

/// The words that aren't paths.
enum Keyword: String, CaseIterable {
  case and, or, not, `in`, implies, fits
  case `true`, `false`, null

  /// The keyword that another language's spelling of a word stands for: `True`, `AND`, `None`.
  static func foreign(_ word: String) -> Keyword? {
    let lower = word.lowercased()
    return Keyword(rawValue: lower) ?? (["none", "nil"].contains(lower) ? .null : nil)
  }

  /// Whether a path of this one word must be quoted.
  static func resembles(_ word: String) -> Bool { foreign(word) != nil }
}

/// Operators and brackets made of punctuation; the longer of two with the same beginning first.
enum Symbol: String, CaseIterable {
  case equal = "=="
  case notEqual = "!="
  case lessOrEqual = "<="
  case greaterOrEqual = ">="
  case and = "&&"
  case or = "||"
  case less = "<"
  case greater = ">"
  case not = "!"
  case plus = "+"
  case minus = "-"
  case times = "*"
  case dividedBy = "/"
  case remainder = "%"
  case openParenthesis = "("
  case closeParenthesis = ")"
  case openBracket = "["
  case closeBracket = "]"
  case comma = ","

  /// Spellings of other languages, and what they stand for here.
  static let foreign: [(spelling: String, meaning: String)] = [
    ("<>", "!="), ("=", "=="), ("&", "and"), ("|", "or"), ("≤", "<="), ("≥", ">="), ("≠", "!="), ("×", "*"), ("÷", "/"),
    ("−", "-"), ("“", "\""), ("”", "\""), ("‘", "'"), ("’", "'"), ("{", "["), ("}", "]"),
  ]
}

/// Guesses which word was meant.
enum WordGuess {
  /// The first candidate that one edit makes of `word`, or two if it has more than four letters.
  ///
  /// Edits are insertions, deletions, substitutions and swaps of neighbours (Damerau, "A technique for computer
  /// detection and correction of spelling errors", 1964).
  static func nearest(_ word: String, among candidates: [String]) -> String? {
    let word = Array(word.utf8.prefix(64))
    let limit = word.count > 4 ? 2 : 1
    let ranked = candidates.map { (name: $0, edits: edits(word, Array($0.utf8))) }.filter { $0.edits <= limit }
    return ranked.min { $0.edits < $1.edits }?.name
  }

  private static func edits(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var rows = [Array(0...b.count)]
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var best = min(row[j], rows[i][j + 1]) + 1
        best = min(best, rows[i][j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
        row.append(best)
      }
      rows.append(row)
    }
    return rows.last?.last ?? b.count
  }
}
