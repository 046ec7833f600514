// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Expressions
public import Galley

extension Filters {
  /// Reads a filter from an expression such as `label == 'cat' && confidence >= 0.5`.
  ///
  /// For items, `annotation.label` and `prediction.label` are fields of what was said about them: all that one `and`
  /// says of annotations, it says of the same one. `not` turns a whole condition round: `not annotation.label == 'cat'`
  /// finds items without a cat. For annotations and predictions, `item.name` is a field of their item.
  /// - Throws: `GalleyError` with a caret under what is wrong.
  public init(
    _ resource: FilterResource, where text: String, sort: [FilterOrder] = [], page: Int = 0,
    pageSize: Int = maximumPageSize
  ) throws(GalleyError) {
    do throws(ExpressionError) {
      let reader = ExpressionReading(text: text, resource: resource)
      let condition = try reader.condition(ParsedExpression(text).root)
      self.init(resource, condition, sort: sort, page: page, pageSize: pageSize)
    } catch {
      throw Self.refusal(error)
    }
    // Unknown fields and values of the wrong kind are found here rather than when somebody lists.
    var compiler = FilterCompiler(resource)
    _ = try compiler.condition(condition)
  }

  private static func refusal(_ error: ExpressionError) -> GalleyError {
    let line = error.text.replacing("\n", with: " ")
    let caret = String(repeating: " ", count: max(0, error.column - 1)) + "^"
    return GalleyError(
      .usage, "can't use the condition", at: "column \(error.column)",
      why: "\(error.message)\n    \(line)\n    \(caret)",
      remedy: error.suggestion.map { "Did you mean \($0)?" } ?? "Write it like label == 'cat' && confidence >= 0.5.")
  }
}

/// Turns an expression into a condition.
private struct ExpressionReading {
  let text: String
  let resource: FilterResource

  func condition(_ node: ParsedExpression.Node) throws(ExpressionError) -> FilterCondition {
    if let other = joined(node) {
      return .joined(other, try ExpressionReading(text: text, resource: other).condition(stripped(node)))
    }
    switch node {
    case .and(let parts): return .all(try conjunction(parts))
    case .or(let parts): return .any(try each(parts))
    case .not(let part): return .not(try condition(part))
    case .implies(let left, let right): return .any([.not(try condition(left)), try condition(right)])
    case .comparison(let symbol, let left, let right): return try comparison(symbol, left, right)
    case .membership(let element, let list): return try membership(element, list)
    case .constant(.bool(let value)): return value ? .all([]) : .any([])
    case .path(let name): return .test(field: name, .equal, .bool(true))
    default: throw error("this is no condition")
    }
  }

  private func each(_ nodes: [ParsedExpression.Node]) throws(ExpressionError) -> [FilterCondition] {
    var conditions: [FilterCondition] = []
    for node in nodes { conditions.append(try condition(node)) }
    return conditions
  }

  /// What the operands of one `and` say of annotations, they say of the same one.
  private func conjunction(_ parts: [ParsedExpression.Node]) throws(ExpressionError) -> [FilterCondition] {
    var conditions: [FilterCondition] = []
    var groups: [FilterResource: Int] = [:]
    for part in parts {
      let next = try condition(part)
      if case .joined(let other, let inner) = next, let place = groups[other],
        case .joined(_, let known) = conditions[place]
      {
        conditions[place] = .joined(other, known.and(inner))
      } else {
        if case .joined(let other, _) = next { groups[other] = conditions.count }
        conditions.append(next)
      }
    }
    return conditions
  }

  // MARK: Joins

  private static let prefixes: [FilterResource: [(String, FilterResource)]] = [
    .items: [("annotation.", .annotations), ("prediction.", .predictions)], .annotations: [("item.", .items)],
    .predictions: [("item.", .items)],
  ]

  /// The other resource, if a node is about nothing else. A negation stays outside of the join.
  private func joined(_ node: ParsedExpression.Node) -> FilterResource? {
    switch node {
    case .not, .implies, .and: return nil
    case .or(let parts):
      let found = Set(parts.map { joined($0) })
      return found.count == 1 ? found.first ?? nil : nil
    default:
      let paths = paths(in: node)
      for (prefix, other) in Self.prefixes[resource] ?? [] where !paths.isEmpty {
        if paths.allSatisfy({ $0.hasPrefix(prefix) }) { return other }
      }
      return nil
    }
  }

  private func paths(in node: ParsedExpression.Node) -> [String] {
    if case .path(let path) = node { return [path] }
    return node.children.flatMap { paths(in: $0) }
  }

  private func stripped(_ node: ParsedExpression.Node) -> ParsedExpression.Node {
    func strip(_ path: String) -> String { String(path.drop { $0 != "." }.dropFirst()) }
    switch node {
    case .path(let path): return .path(strip(path))
    case .comparison(let symbol, let left, let right): return .comparison(symbol, stripped(left), stripped(right))
    case .membership(let left, let right): return .membership(stripped(left), in: stripped(right))
    case .or(let parts): return .or(parts.map { stripped($0) })
    default: return node
    }
  }

  // MARK: Tests

  private func comparison(
    _ symbol: ParsedExpression.ComparisonOperator, _ left: ParsedExpression.Node, _ right: ParsedExpression.Node
  ) throws(ExpressionError) -> FilterCondition {
    if case .path(let name) = left, let value = value(right) { return test(name, symbol, value) }
    if case .path(let name) = right, let value = value(left) { return test(name, symbol.mirrored, value) }
    throw error("a field is compared with a value")
  }

  private func test(
    _ name: String, _ symbol: ParsedExpression.ComparisonOperator, _ value: ConfigurationValue
  ) -> FilterCondition {
    switch symbol {
    case .equal: .test(field: name, .equal, value)
    case .notEqual: .test(field: name, .notEqual, value)
    case .less: .test(field: name, .less, value)
    case .lessOrEqual: .test(field: name, .lessOrEqual, value)
    case .greater: .test(field: name, .greater, value)
    case .greaterOrEqual: .test(field: name, .greaterOrEqual, value)
    }
  }

  private func membership(
    _ element: ParsedExpression.Node, _ list: ParsedExpression.Node
  ) throws(ExpressionError) -> FilterCondition {
    if case .path(let name) = element, let value = value(list), case .list = value {
      return .test(field: name, .among, value)
    }
    if case .path(let name) = list, let value = value(element) { return .test(field: name, .match, value) }
    throw error("'in' takes a field and a list of values, or a value and a field that is a list")
  }

  private func value(_ node: ParsedExpression.Node) -> ConfigurationValue? {
    if case .negation(let inner) = node {
      switch value(inner) {
      case .int(let number)?: return .int(-number)
      case .float(let number)?: return .float(-number)
      default: return nil
      }
    }
    return node.literalValue.map { ConfigurationValue($0) }
  }

  private func error(_ message: String) -> ExpressionError { ExpressionError(message, column: 1, in: text) }
}

extension ParsedExpression.ComparisonOperator {
  /// The relation as the other side sees it.
  fileprivate var mirrored: Self {
    switch self {
    case .equal, .notEqual: self
    case .less: .greater
    case .lessOrEqual: .greaterOrEqual
    case .greater: .less
    case .greaterOrEqual: .lessOrEqual
    }
  }
}

extension ConfigurationValue {
  fileprivate init(_ value: ExpressionValue) {
    switch value {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .float(let value): self = .float(value)
    case .string(let value): self = .string(value)
    case .list(let values): self = .list(values.map { ConfigurationValue($0) })
    }
  }
}
