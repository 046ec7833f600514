// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The canonical spelling.
extension ParsedExpression.Node: CustomStringConvertible {
  /// How tightly the outermost operator binds; the larger of two needs no parentheses within the smaller.
  private var level: Int {
    switch self {
    case .implies: 1
    case .or(let nodes), .and(let nodes):
      if nodes.count == 1 { nodes[0].level } else if case .or = self { 2 } else { 3 }
    case .not: 4
    case .comparison, .membership, .fits: 5
    case .arithmetic(.plus, _, _), .arithmetic(.minus, _, _): 6
    case .arithmetic: 7
    case .negation: 8
    case .constant, .quantity, .path, .list: 9
    }
  }

  public var description: String {
    switch self {
    case .constant(let value): value.description
    case .quantity(let quantity): "\(quantity.number) \(quantity.unit.rawValue)"
    case .path(let path): PathSyntax.quoted(path)
    case .list(let nodes): "[" + nodes.map(\.description).joined(separator: ", ") + "]"
    case .negation(let node): "-" + (node.isUnsignedNumber ? "(\(node))" : node.text(atLeast: 8))
    case .arithmetic(let symbol, let left, let right):
      "\(left.text(atLeast: level)) \(symbol.rawValue) \(right.text(atLeast: level + 1))"
    case .comparison(let symbol, let left, let right):
      "\(left.text(atLeast: 6)) \(symbol.rawValue) \(right.text(atLeast: 6))"
    case .membership(let left, in: let right): "\(left.text(atLeast: 6)) in \(right.text(atLeast: 6))"
    case .fits(let path, let taxonomy): "\(PathSyntax.quoted(path)) fits \(TextLiteral.quoted(taxonomy))"
    case .not(let node): "not \(node.text(atLeast: 4))"
    case .and(let nodes) where nodes.count == 1, .or(let nodes) where nodes.count == 1: nodes[0].description
    case .and(let nodes): nodes.map { $0.text(atLeast: 4) }.joined(separator: " and ")
    case .or(let nodes): nodes.map { $0.text(atLeast: 3) }.joined(separator: " or ")
    case .implies(let left, let right): "\(left.text(atLeast: 2)) implies \(right.text(atLeast: 1))"
    }
  }

  private func text(atLeast minimum: Int) -> String { level < minimum ? "(\(self))" : description }

  /// Whether a minus directly before this would become part of the number.
  private var isUnsignedNumber: Bool {
    switch self {
    case .constant(.int(let value)): value >= 0
    case .constant(.float(let value)): value.sign == .plus
    case .quantity(let quantity): Self.constant(quantity.number).isUnsignedNumber
    default: false
    }
  }
}
