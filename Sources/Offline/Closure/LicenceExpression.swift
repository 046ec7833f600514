// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// A licence as SPDX writes it: identifiers joined by `AND`, `OR` and `WITH`, with parentheses.
///
/// Grammar: SPDX specification 2.3, annex D; `WITH` binds closest, then `AND`, then `OR`. Identifiers are compared
/// without regard to case.
public indirect enum LicenceExpression: Sendable, Hashable, CustomStringConvertible {
  /// One licence.
  case licence(Licence)
  /// All of them bind.
  case all([LicenceExpression])
  /// Whoever takes the thing may choose.
  case any([LicenceExpression])

  /// One licence, with an exception if it has one.
  public struct Licence: Sendable, Hashable, CustomStringConvertible {
    /// The identifier without what says that later versions count too: `GPL-2.0`, `LicenseRef-ours`.
    public var identifier: String
    /// Whether later versions of the licence may be taken.
    public var orLater: Bool
    /// The exception after `WITH`.
    public var exception: String?

    public var description: String {
      identifier + (orLater ? "-or-later" : "") + (exception.map { " WITH \($0)" } ?? "")
    }

    /// Reads an identifier: `-only`, `-or-later` and `+` say which versions count.
    init(_ word: Substring, exception: Substring? = nil) {
      let lower = word.lowercased()
      let (cut, later) =
        lower.hasSuffix("-or-later") ? (9, true) : lower.hasSuffix("-only") ? (5, false) : (0, false)
      var name = word.dropLast(cut)
      orLater = later || name.hasSuffix("+")
      if name.hasSuffix("+") { name = name.dropLast() }
      identifier = String(name)
      self.exception = exception.map(String.init)
    }

    /// Whether a rule that names `self` speaks of `other`: the same licence; a rule without an exception speaks of the
    /// licence with any.
    func speaks(of other: Licence) -> Bool {
      guard exception == nil || exception?.lowercased() == other.exception?.lowercased() else { return false }
      if identifier.lowercased() == other.identifier.lowercased() { return true }
      guard orLater, let mine = family, let theirs = other.family else { return false }
      return mine.name == theirs.name && mine.version.lexicographicallyPrecedes(theirs.version)
    }

    /// Whether whoever takes a thing under `self` may take it under `other`.
    func mayBecome(_ other: Licence) -> Bool {
      guard orLater, let mine = family, let theirs = other.family else { return false }
      return mine.name == theirs.name && mine.version.lexicographicallyPrecedes(theirs.version)
    }

    /// The name without its version, and the version's numbers.
    private var family: (name: String, version: [Int])? {
      let words = identifier.split(separator: "-")
      guard let last = words.last, words.count > 1 else { return nil }
      let numbers = last.split(separator: ".").map { Int($0) }
      guard !numbers.isEmpty, !numbers.contains(nil) else { return nil }
      return (words.dropLast().joined(separator: "-").lowercased(), numbers.compactMap { $0 })
    }
  }

  public var description: String {
    switch self {
    case .licence(let licence): licence.description
    case .all(let parts):
      parts.map { if case .any = $0 { "(\($0))" } else { "\($0)" } }.joined(separator: " AND ")
    case .any(let parts): parts.map(\.description).joined(separator: " OR ")
    }
  }

  /// All licences that are named.
  public var licences: [Licence] {
    switch self {
    case .licence(let licence): [licence]
    case .all(let parts), .any(let parts): parts.flatMap(\.licences)
    }
  }

  /// Reads an expression; `nil` if the text is none, if it says that nothing is known (`NOASSERTION`, `NONE`), or if
  /// it is nested deeper than 64 levels.
  public init?(_ text: String) {
    var parser = LicenceParser(text)
    guard let expression = parser.expression(depth: 0), parser.isAtEnd else { return nil }
    self = expression
  }
}

/// Reads tokens one after the other; every reader gives `nil` where the text is wrong.
private struct LicenceParser {
  private let tokens: [Substring]
  private var next = 0

  init(_ text: String) {
    var tokens: [Substring] = []
    for word in text.split(whereSeparator: \.isWhitespace) {
      var rest = word
      while let mark = rest.firstIndex(where: { "()".contains($0) }) {
        if mark > rest.startIndex { tokens.append(rest[..<mark]) }
        tokens.append(rest[mark...mark])
        rest = rest[rest.index(after: mark)...]
      }
      if !rest.isEmpty { tokens.append(rest) }
    }
    self.tokens = tokens
  }

  var isAtEnd: Bool { next == tokens.count }

  mutating func expression(depth: Int) -> LicenceExpression? {
    guard let parts = list(of: "OR", { $0.conjunction(depth: depth) }) else { return nil }
    return parts.count == 1 ? parts.first : .any(parts)
  }

  private mutating func conjunction(depth: Int) -> LicenceExpression? {
    guard let parts = list(of: "AND", { $0.term(depth: depth) }) else { return nil }
    return parts.count == 1 ? parts.first : .all(parts)
  }

  private mutating func term(depth: Int) -> LicenceExpression? {
    if take("(") {
      guard depth < 64, let inner = expression(depth: depth + 1), take(")") else { return nil }
      return inner
    }
    guard let word = identifier() else { return nil }
    guard take("WITH") else { return .licence(.init(word)) }
    guard let exception = identifier() else { return nil }
    return .licence(.init(word, exception: exception))
  }

  private mutating func list(
    of joint: String, _ read: (inout Self) -> LicenceExpression?
  ) -> [LicenceExpression]? {
    var parts: [LicenceExpression] = []
    repeat {
      guard let part = read(&self) else { return nil }
      parts.append(part)
    } while take(joint)
    return parts
  }

  private mutating func take(_ token: String) -> Bool {
    guard next < tokens.count, tokens[next].uppercased() == token else { return false }
    next += 1
    return true
  }

  private mutating func identifier() -> Substring? {
    guard next < tokens.count else { return nil }
    let word = tokens[next]
    let isWord = word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-.:+".contains($0)) }
    guard isWord, !["AND", "OR", "WITH", "NOASSERTION", "NONE", "+"].contains(word.uppercased()) else { return nil }
    next += 1
    return word
  }
}
