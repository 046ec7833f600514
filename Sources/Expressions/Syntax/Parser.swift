// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Builds the tree of an expression by precedence climbing (Richards and Whitby-Strevens, "BCPL: the language and its
/// compiler", 1979), within a bounded depth.
struct Parser {
  private typealias Node = ParsedExpression.Node

  /// A node and the number of its levels.
  private struct Branch {
    var node: Node
    var depth: Int
  }

  /// How tightly operators bind, loosest first.
  private enum Level: Int, Comparable {
    case implies = 1
    case or, and, not, comparison, sum, product, sign

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  /// An operator between two operands.
  private enum Infix: Equatable {
    case implies, or, and, membership, exclusion, fits
    case comparison(ParsedExpression.ComparisonOperator)
    case arithmetic(ParsedExpression.ArithmeticOperator)

    var level: Level {
      switch self {
      case .implies: .implies
      case .or: .or
      case .and: .and
      case .membership, .exclusion, .fits, .comparison: .comparison
      case .arithmetic(.plus), .arithmetic(.minus): .sum
      case .arithmetic: .product
      }
    }
  }

  private let text: String
  private let tokens: [Token]
  private var position = 0
  private var nesting = 0

  init(_ text: String) throws(ExpressionError) {
    var lexer = try Lexer(text)
    self.text = text
    self.tokens = try lexer.tokens()
  }

  mutating func parse() throws(ExpressionError) -> ParsedExpression.Node {
    if token.kind == .end { throw error("it is empty", at: token) }
    let branch = try expression(.implies)
    guard token.kind == .end else { throw unexpected() }
    return branch.node
  }

  // The lexer always ends with `.end`, and `advance` never moves past it.
  private var token: Token { tokens[position] }

  private var following: Token { tokens[min(position + 1, tokens.count - 1)] }

  private mutating func advance() {
    if position + 1 < tokens.count { position += 1 }
  }

  private mutating func take(_ symbol: Symbol) -> Bool {
    guard token.kind == .symbol(symbol) else { return false }
    advance()
    return true
  }
}

// MARK: Operators

extension Parser {
  private mutating func expression(_ minimum: Level) throws(ExpressionError) -> Branch {
    var left = try prefix(minimum)
    while let infix = infix(), infix.level >= minimum {
      switch infix.level {
      case .implies:
        advance()
        let right = try nested { parser throws(ExpressionError) in try parser.expression(.implies) }
        left = try join([left, right]) { .implies($0[0], $0[1]) }
      case .or, .and:
        left = try chain(infix, from: left)
      case .comparison:
        left = try comparison(infix, left)
      case .sum, .product, .not, .sign:
        guard case .arithmetic(let symbol) = infix else { return left }
        advance()
        let right = try expression(infix.level == .sum ? .product : .sign)
        left = try join([left, right]) { .arithmetic(symbol, $0[0], $0[1]) }
      }
    }
    return left
  }

  /// The operator here, if there is one.
  private func infix() -> Infix? {
    switch token.kind {
    case .keyword(.implies): .implies
    case .keyword(.or), .symbol(.or): .or
    case .keyword(.and), .symbol(.and): .and
    case .keyword(.in): .membership
    case .keyword(.not) where following.kind == .keyword(.in): .exclusion
    case .keyword(.fits): .fits
    case .symbol(let symbol):
      ParsedExpression.ComparisonOperator(rawValue: symbol.rawValue).map { .comparison($0) }
        ?? ParsedExpression.ArithmeticOperator(rawValue: symbol.rawValue).map { .arithmetic($0) }
    default: nil
    }
  }

  private mutating func chain(_ infix: Infix, from first: Branch) throws(ExpressionError) -> Branch {
    var operands = [first]
    while self.infix() == infix {
      advance()
      operands.append(try expression(infix == .or ? .and : .not))
    }
    return try join(operands) { infix == .or ? .or($0) : .and($0) }
  }

  private mutating func comparison(_ infix: Infix, _ left: Branch) throws(ExpressionError) -> Branch {
    if infix == .fits { return try fits(left) }
    advance()
    if infix == .exclusion { advance() }
    let right = try expression(.sum)
    if let next = self.infix(), next.level == .comparison {
      throw error("comparisons can't follow each other", at: token, suggestion: "'a < b and b < c'")
    }
    switch infix {
    case .comparison(let symbol):
      return try join([left, right]) { .comparison(symbol, $0[0], $0[1]) }
    case .exclusion:
      let membership = try join([left, right]) { .membership($0[0], in: $0[1]) }
      return try join([membership]) { .not($0[0]) }
    default:
      return try join([left, right]) { .membership($0[0], in: $0[1]) }
    }
  }

  private mutating func fits(_ left: Branch) throws(ExpressionError) -> Branch {
    guard case .path(let path) = left.node else {
      throw error("'fits' needs a path before it", at: token)
    }
    advance()
    guard case .text(let taxonomy) = token.kind else {
      throw error("'fits' needs a taxonomy in quotation marks after it", at: token, suggestion: quotedWord())
    }
    guard PathSyntax.isTaxonomy(taxonomy) else {
      throw error("a taxonomy is words with dots between them", at: token)
    }
    advance()
    return Branch(node: .fits(path: path, taxonomy: taxonomy), depth: 1)
  }

  private func quotedWord() -> String? {
    if case .path(let path, _) = token.kind { TextLiteral.quoted(path) } else { nil }
  }

  private func join(_ branches: [Branch], _ make: ([Node]) -> Node) throws(ExpressionError) -> Branch {
    let depth = 1 + (branches.map(\.depth).max() ?? 0)
    guard depth <= ParsedExpression.maximumDepth else { throw error(Node.tooDeep, at: token) }
    return Branch(node: make(branches.map(\.node)), depth: depth)
  }

  private mutating func nested(
    _ parse: (inout Parser) throws(ExpressionError) -> Branch
  ) throws(ExpressionError) -> Branch {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= ParsedExpression.maximumDepth else { throw error(Node.tooDeep, at: token) }
    return try parse(&self)
  }
}

// MARK: Operands

extension Parser {
  private mutating func prefix(_ minimum: Level) throws(ExpressionError) -> Branch {
    switch token.kind {
    case .keyword(.not):
      guard minimum <= .not else { throw error("'not' needs parentheses here", at: token, suggestion: "'(not …)'") }
      advance()
      let operand = try nested { parser throws(ExpressionError) in try parser.expression(.not) }
      return try join([operand]) { .not($0[0]) }
    case .symbol(.not):
      return try exclamation(minimum)
    case .symbol(.minus):
      return try negative()
    default:
      return try primary()
    }
  }

  /// `!a`. Other languages disagree on whether `!a == b` is `(!a) == b` or `!(a == b)`, so it is refused.
  private mutating func exclamation(_ minimum: Level) throws(ExpressionError) -> Branch {
    guard minimum <= .not else { throw error("'!' needs parentheses here", at: token, suggestion: "'(!…)'") }
    advance()
    let operand = try nested { parser throws(ExpressionError) in try parser.prefix(.not) }
    if let infix = infix(), infix.level >= .comparison {
      throw error("'!' before a comparison needs parentheses", at: token, suggestion: "'!(a == b)'")
    }
    return try join([operand]) { .not($0[0]) }
  }

  private mutating func negative() throws(ExpressionError) -> Branch {
    advance()
    if case .number(let magnitude, let unit) = token.kind {
      return Branch(node: try number(magnitude, unit, isNegative: true), depth: 1)
    }
    let operand = try nested { parser throws(ExpressionError) in try parser.prefix(.sign) }
    return try join([operand]) { .negation($0[0]) }
  }

  private mutating func primary() throws(ExpressionError) -> Branch {
    switch token.kind {
    case .number(let magnitude, let unit):
      return Branch(node: try number(magnitude, unit, isNegative: false), depth: 1)
    case .text(let text): return leaf(.constant(.string(text)))
    case .keyword(.true): return leaf(.constant(.bool(true)))
    case .keyword(.false): return leaf(.constant(.bool(false)))
    case .keyword(.null): return leaf(.constant(.null))
    case .path(let path, _): return leaf(.path(path))
    case .symbol(.openParenthesis):
      let opening = token
      advance()
      let branch = try nested { parser throws(ExpressionError) in try parser.expression(.implies) }
      guard take(.closeParenthesis) else { throw unclosed(opening, "parenthesis") }
      return branch
    case .symbol(.openBracket):
      return try list()
    default:
      throw unexpected()
    }
  }

  private mutating func leaf(_ node: Node) -> Branch {
    advance()
    return Branch(node: node, depth: 1)
  }

  private mutating func list() throws(ExpressionError) -> Branch {
    let opening = token
    advance()
    var elements: [Branch] = []
    while token.kind != .symbol(.closeBracket) {
      elements.append(try nested { parser throws(ExpressionError) in try parser.expression(.implies) })
      guard take(.comma) else { break }
    }
    guard take(.closeBracket) else { throw unclosed(opening, "bracket") }
    return try join(elements) { .list($0) }
  }

  private mutating func number(
    _ magnitude: Token.Magnitude, _ unit: ExpressionUnit?, isNegative: Bool
  ) throws(ExpressionError) -> Node {
    let value: ExpressionValue
    switch magnitude {
    case .fraction(let fraction):
      value = .float(isNegative ? -fraction : fraction)
    case .whole(let whole):
      // The least Int has no positive counterpart.
      let isLeast = isNegative && whole == Int.min.magnitude
      guard let signed = isLeast ? .min : Int(exactly: whole).map({ isNegative ? -$0 : $0 }) else {
        throw error("the whole number is too large", at: token, suggestion: "\(whole).0")
      }
      value = .int(signed)
    }
    guard let unit else {
      advance()
      return .constant(value)
    }
    guard let quantity = ExpressionQuantity(value, unit) else {
      throw error("the number is too large for its unit", at: token)
    }
    advance()
    return .quantity(quantity)
  }
}

// MARK: Errors

extension Parser {
  private func error(_ message: String, at token: Token, suggestion: String? = nil) -> ExpressionError {
    let column = Lexer.column(of: token.range.lowerBound, in: text.utf8)
    return ExpressionError(message, column: column, in: text, suggestion: suggestion)
  }

  private func unclosed(_ opening: Token, _ name: String) -> ExpressionError {
    token.kind == .end ? error("the \(name) that opens here isn't closed", at: opening) : unexpected()
  }

  /// The error at a token that can't stand where it does.
  private func unexpected() -> ExpressionError {
    let operators = ["and", "or", "in", "implies", "fits", "not"]
    switch token.kind {
    case .end:
      return error("it ends where a value is expected", at: token)
    case .path(let word, isSingleWord: true) where isAfterOperand:
      let guess = WordGuess.nearest(word, among: operators) ?? (isAfterNumber ? ExpressionUnit.nearest(word) : nil)
      return error(
        "'\(word.prefix(40))' follows a value without an operator between them", at: token, suggestion: guess)
    default:
      let piece = String(decoding: Array(text.utf8)[token.range].prefix(40), as: UTF8.self)
      let isOperand = isAfterOperand ? "follows a value without an operator between them" : "can't stand here"
      return error("`\(piece)` \(isOperand)", at: token)
    }
  }

  private var isAfterNumber: Bool {
    guard position > 0, case .number = tokens[position - 1].kind else { return false }
    return true
  }

  /// Whether a value has just ended and another begins.
  private var isAfterOperand: Bool {
    guard position > 0 else { return false }
    let begins: Bool =
      switch token.kind {
      case .number, .text, .path, .keyword(.true), .keyword(.false), .keyword(.null): true
      default: false
      }
    switch tokens[position - 1].kind {
    case .number, .text, .path, .keyword(.true), .keyword(.false), .keyword(.null), .symbol(.closeParenthesis),
      .symbol(.closeBracket):
      return begins
    default: return false
    }
  }
}
