// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Why a text isn't an expression.
public struct ExpressionError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong, as a clause.
  public var message: String
  /// The column where it is wrong: the number of characters before it, plus one.
  public var column: Int
  /// The whole text.
  public var text: String
  /// What was probably meant, if that can be guessed.
  public var suggestion: String?

  /// Creates an error.
  public init(_ message: String, column: Int, in text: String, suggestion: String? = nil) {
    self.message = message
    self.column = column
    self.text = text
    self.suggestion = suggestion
  }

  public var description: String {
    let excerpt = text.count > 80 ? "\(text.prefix(80))…" : text
    let guess = suggestion.map { "; did you mean \($0)?" } ?? ""
    return "`\(excerpt)`, column \(column): \(message)\(guess)"
  }
}
