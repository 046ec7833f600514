// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension ParsedExpression {
  /// A piece of an expression.
  public indirect enum Node: Sendable, Hashable {
    /// A value written down: `3`, `'text'`, `null`.
    case constant(ExpressionValue)
    /// A number with a unit: `25 MB`.
    case quantity(ExpressionQuantity)
    /// What lies at a path: words with dots between them, perhaps with a dot before the first.
    case path(String)
    /// A list: `[1, .width]`.
    case list([Node])
    /// `-a`
    case negation(Node)
    /// `a + b` and the like.
    case arithmetic(ArithmeticOperator, Node, Node)
    /// `a < b` and the like.
    case comparison(ComparisonOperator, Node, Node)
    /// `a in b`: an element in a list, or a text within a text.
    case membership(Node, in: Node)
    /// `path fits 'taxonomy'`: the ingredient there has this taxonomy or lies below it.
    case fits(path: String, taxonomy: String)
    /// `not a`
    case not(Node)
    /// `a and b and c`
    case and([Node])
    /// `a or b or c`
    case or([Node])
    /// `a implies b`: `not a or b`.
    case implies(Node, Node)
  }

  /// What is computed of two numbers.
  public enum ArithmeticOperator: String, Sendable, Hashable, Codable, CaseIterable {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case dividedBy = "/"
    case remainder = "%"
  }

  /// How two values are compared.
  public enum ComparisonOperator: String, Sendable, Hashable, Codable, CaseIterable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
  }
}

extension ParsedExpression.Node {
  /// The pieces directly below this one, in order of writing.
  public var children: [ParsedExpression.Node] {
    switch self {
    case .constant, .quantity, .path, .fits: []
    case .list(let nodes), .and(let nodes), .or(let nodes): nodes
    case .negation(let node), .not(let node): [node]
    case .arithmetic(_, let left, let right), .comparison(_, let left, let right), .membership(let left, in: let right),
      .implies(let left, let right):
      [left, right]
    }
  }

  /// The value of a node that depends on no path and needs no computing, lists of such nodes included.
  public var literalValue: ExpressionValue? {
    switch self {
    case .constant(let value): return value
    case .quantity(let quantity): return quantity.value
    case .list(let nodes):
      let values = nodes.compactMap(\.literalValue)
      return values.count == nodes.count ? .list(values) : nil
    default: return nil
    }
  }

  func renamingPaths(_ rename: (String) -> String) -> Self {
    func each(_ nodes: [Self]) -> [Self] { nodes.map { $0.renamingPaths(rename) } }
    switch self {
    case .constant, .quantity: return self
    case .path(let path): return .path(rename(path))
    case .fits(let path, let taxonomy): return .fits(path: rename(path), taxonomy: taxonomy)
    case .list(let nodes): return .list(each(nodes))
    case .and(let nodes): return .and(each(nodes))
    case .or(let nodes): return .or(each(nodes))
    case .negation(let node): return .negation(node.renamingPaths(rename))
    case .not(let node): return .not(node.renamingPaths(rename))
    case .arithmetic(let symbol, let left, let right):
      return .arithmetic(symbol, left.renamingPaths(rename), right.renamingPaths(rename))
    case .comparison(let symbol, let left, let right):
      return .comparison(symbol, left.renamingPaths(rename), right.renamingPaths(rename))
    case .membership(let left, in: let right):
      return .membership(left.renamingPaths(rename), in: right.renamingPaths(rename))
    case .implies(let left, let right):
      return .implies(left.renamingPaths(rename), right.renamingPaths(rename))
    }
  }

  /// Why no text can say this tree; `nil` if one can.
  func fault(depthLeft: Int) -> String? {
    guard depthLeft > 0 else { return Self.tooDeep }
    switch self {
    case .constant(let value):
      return value.fault(depthLeft: depthLeft)
    case .path(let path) where !PathSyntax.isValid(path):
      return "'\(path)' is not a path"
    case .fits(let path, let taxonomy):
      if !PathSyntax.isValid(path) { return "'\(path)' is not a path" }
      return PathSyntax.isTaxonomy(taxonomy) ? nil : "'\(taxonomy)' is not a taxonomy"
    case .and(let nodes) where nodes.isEmpty, .or(let nodes) where nodes.isEmpty:
      return "'and' and 'or' need operands"
    default:
      for child in children {
        if let fault = child.fault(depthLeft: depthLeft - 1) { return fault }
      }
      return nil
    }
  }

  static let tooDeep = "it is nested deeper than \(ParsedExpression.maximumDepth) levels"
}

extension ExpressionValue {
  fileprivate func fault(depthLeft: Int) -> String? {
    switch self {
    case .null, .bool, .int, .string: return nil
    case .float(let value): return value.isFinite ? nil : "\(value) can't be written"
    case .list(let values):
      guard depthLeft > 1 else { return ParsedExpression.Node.tooDeep }
      return values.lazy.compactMap { $0.fault(depthLeft: depthLeft - 1) }.first
    }
  }
}
