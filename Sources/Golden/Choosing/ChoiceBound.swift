// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Expressions
public import Galley
internal import Statistics

/// A bound in a user's terms: `latency <= 10ms`.
public struct ChoiceBound: Sendable, Hashable {
  /// The column under the name that was used.
  public let name: String
  /// The column.
  public let column: GoldenColumn
  /// Whether values may not be larger; otherwise they may not be smaller.
  public let isUpper: Bool
  /// The bound, in the column's unit; it is allowed itself.
  public let value: Double

  /// Reads bounds with commas or `and` between them: `latency <= 10ms, accuracy >= 0.92, size <= 20MB`.
  /// - Throws: `GalleyError` with a caret under what is wrong.
  public static func read(_ text: String) throws(GalleyError) -> [ChoiceBound] {
    var bounds: [ChoiceBound] = []
    var start = 0
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      do throws(ExpressionError) {
        bounds += try read(part: String(part))
      } catch {
        throw GoldenCondition.refusal(
          ExpressionError(error.message, column: error.column + start, in: text, suggestion: error.suggestion),
          what: "can't use the bounds")
      }
      start += part.count + 1
    }
    return bounds
  }

  private static func read(part text: String) throws(ExpressionError) -> [ChoiceBound] {
    let expression = try ParsedExpression(text)
    let nodes: [ParsedExpression.Node]
    if case .and(let parts) = expression.root { nodes = parts } else { nodes = [expression.root] }
    var bounds: [ChoiceBound] = []
    for node in nodes { bounds.append(try bound(node, text)) }
    return bounds
  }

  private static func bound(_ node: ParsedExpression.Node, _ text: String) throws(ExpressionError) -> ChoiceBound {
    guard case .comparison(let symbol, let left, let right) = node,
      [.less, .lessOrEqual, .greater, .greaterOrEqual].contains(symbol)
    else { throw ExpressionError("a bound is like latency <= 10ms", column: 1, in: text) }
    // The writer knows units and typing mistakes.
    var writer = ConditionWriter(text)
    _ = try writer.condition(node)
    let isTurned = if case .path = right { true } else { false }
    guard case .path(let name) = isTurned ? right : left, let column = GoldenColumn.named(name)?.column,
      (isTurned ? left : right).literalValue != nil, case .real(let value)? = writer.arguments.first
    else { throw ExpressionError("a bound compares a column with a number", column: 1, in: text) }
    let isLess = symbol == .less || symbol == .lessOrEqual
    return ChoiceBound(name: name, column: column, isUpper: isLess != isTurned, value: value)
  }

  var bound: ConstraintQuery.Bound { .init(column.name, isUpper ? .atMost : .atLeast, value) }
}
