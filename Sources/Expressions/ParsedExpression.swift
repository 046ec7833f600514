// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A condition or a formula over named values, parsed and ready to be evaluated again and again.
///
/// ```swift
/// let rule = try ParsedExpression("model.width % 8 == 0 and target fits 'target.host'")
/// rule.paths                     // ["model.width", "target"]
/// rule.isTrue(in: recipeScope)   // true, false, or nil if that isn't settled
/// ```
///
/// Expressions are total: every evaluation ends, and none traps. Two expressions are equal if they have the same
/// tree, however they are spaced. The type isn't called `Expression` because Foundation has one of that name.
public struct ParsedExpression: Sendable {
  /// The longest text that is parsed, in bytes of UTF-8.
  public static let maximumLength = 16_384
  /// The deepest tree that is built, in levels.
  public static let maximumDepth = 64

  /// The text as it was written.
  public let text: String
  /// The tree.
  public let root: Node
  /// Every path mentioned, in order of appearance, each once, with the leading dot where one was written.
  public let paths: [String]
  /// Every constant mentioned, in order of appearance, each once: quantities in seconds or bytes; of a list on the
  /// right of `in` the elements, of any other list the list. A solver finds in them the values worth trying.
  public let literals: [ExpressionValue]
  /// Whether a path is mentioned more than once, so that look-ups are worth remembering.
  let repeatsPaths: Bool

  /// Parses a text.
  /// - Throws: `ExpressionError` with the column of the first mistake.
  public init(_ text: String) throws(ExpressionError) {
    var parser = try Parser(text)
    self.init(text, root: try parser.parse())
  }

  /// Makes an expression of a tree; its text is the canonical one.
  /// - Throws: `ExpressionError` if the tree is too deep or too large, or holds what no text can say: a number that
  ///   isn't finite, a path with an empty word, `and` of nothing.
  public init(_ root: Node) throws(ExpressionError) {
    if let fault = root.fault(depthLeft: Self.maximumDepth) {
      throw ExpressionError(fault, column: 1, in: "")
    }
    try self.init(root.description)
  }

  private init(_ text: String, root: Node) {
    var mentions = Mentions()
    mentions.collect(root)
    self.text = text
    self.root = root
    self.paths = mentions.paths
    self.literals = mentions.literals
    self.repeatsPaths = mentions.repeatsPaths
  }

  /// The expression in its canonical spelling: one space around operators, no needless parentheses, words for `&&`.
  /// Parsed again it gives an equal expression, unless spelling it out made it longer than ``maximumLength``.
  public var canonicalText: String { root.description }

  /// The expression with every path replaced by what `rename` makes of it.
  /// - Throws: `ExpressionError` if a new name isn't a path, or the names make the text too long.
  public func renamingPaths(_ rename: (String) -> String) throws(ExpressionError) -> ParsedExpression {
    try ParsedExpression(root.renamingPaths(rename))
  }
}

extension ParsedExpression: Hashable {
  public static func == (left: Self, right: Self) -> Bool { left.root == right.root }

  public func hash(into hasher: inout Hasher) { hasher.combine(root) }
}

extension ParsedExpression: CustomStringConvertible {
  public var description: String { text }
}

extension ParsedExpression: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    do throws(ExpressionError) {
      self = try ParsedExpression(text)
    } catch {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath, debugDescription: error.description, underlyingError: error))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
