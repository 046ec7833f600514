// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The paths and constants that a tree mentions, each once, in order of appearance.
struct Mentions {
  private(set) var paths: [String] = []
  private(set) var literals: [ExpressionValue] = []
  private(set) var repeatsPaths = false
  private var knownPaths: Set<String> = []
  private var knownLiterals: Set<ExpressionValue> = []

  mutating func collect(_ node: ParsedExpression.Node) {
    if let value = node.literalValue {
      add(value)
      return
    }
    switch node {
    case .path(let path), .fits(let path, _):
      add(path)
    case .membership(let element, in: let list):
      collect(element)
      if case .list(let values) = list.literalValue { values.forEach { add($0) } } else { collect(list) }
    default:
      for child in node.children { collect(child) }
    }
  }

  private mutating func add(_ path: String) {
    if knownPaths.insert(path).inserted { paths.append(path) } else { repeatsPaths = true }
  }

  private mutating func add(_ value: ExpressionValue) {
    if knownLiterals.insert(value).inserted { literals.append(value) }
  }
}
