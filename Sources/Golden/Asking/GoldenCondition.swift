// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Expressions
public import Galley

/// A condition on rows, from an expression such as `hardware == "cuda:A4500" && latency <= 10ms`, as SQL.
///
/// A row that lacks a value fulfils no comparison with it, neither `latency <= 10ms` nor `not (latency <= 10ms)`;
/// `latency == null` finds it.
public struct GoldenCondition: Sendable, Hashable {
  /// The condition as it was written; empty if it lets all rows through.
  public let text: String
  let sql: String
  let arguments: [GoldenValue]

  /// The condition that every row fulfils.
  public static let all = GoldenCondition(text: "", sql: "TRUE", arguments: [])

  init(text: String, sql: String, arguments: [GoldenValue]) {
    self.text = text
    self.sql = sql
    self.arguments = arguments
  }

  /// Reads an expression.
  /// - Throws: `GalleyError` with a caret under what is wrong: a mistake in writing, a column that there isn't, units
  ///   that don't fit, a number that could be in several units.
  public init(_ text: String) throws(GalleyError) {
    do throws(ExpressionError) {
      let expression = try ParsedExpression(text)
      var writer = ConditionWriter(text)
      let sql = try writer.condition(expression.root)
      self.init(text: text, sql: sql, arguments: writer.arguments)
    } catch {
      throw Self.refusal(error)
    }
  }

  /// Both conditions.
  public func and(_ other: GoldenCondition) -> GoldenCondition {
    if sql == "TRUE" { return other }
    if other.sql == "TRUE" { return self }
    return GoldenCondition(
      text: "(\(text)) and (\(other.text))", sql: "(\(sql)) AND (\(other.sql))",
      arguments: arguments + other.arguments)
  }

  /// Rows that can be chosen: not those that failed.
  public static let usable = GoldenCondition(
    text: "status != 'failed'", sql: "golden.status <> 'failed'", arguments: [])

  /// An expression's mistake, with a caret under its place.
  public static func refusal(_ error: ExpressionError, what: String = "can't use the filter") -> GalleyError {
    let line = error.text.replacing("\n", with: " ")
    let caret = String(repeating: " ", count: max(0, error.column - 1)) + "^"
    let guess = error.suggestion.map { "\n  Did you mean \($0)?" } ?? ""
    return GalleyError(.usage, what, at: nil, why: error.message, remedy: "\(line)\n  \(caret)\(guess)")
  }
}
