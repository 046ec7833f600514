// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension ParsedExpression {
  /// Computes the expression.
  ///
  /// - Paths that are absent read as `null`. A path is looked up at most once.
  /// - `and`, `or`, `implies` and `not` need true or false, and stop at the first operand that decides.
  /// - `==` and `!=` compare any two values, `<` and its like two numbers or two texts.
  public func evaluate(_ scope: some ExpressionScope) -> ExpressionOutcome {
    var evaluator = Evaluator(scope: scope, remembers: repeatsPaths)
    return evaluator.outcome(root)
  }

  /// Whether the expression holds: `nil` if that depends on open choices, can't be computed, or isn't true or false.
  public func isTrue(in scope: some ExpressionScope) -> Bool? {
    guard case .value(.bool(let holds)) = evaluate(scope) else { return nil }
    return holds
  }
}

/// One evaluation. The recursion is as deep as the tree, which the parser bounds.
struct Evaluator<Scope: ExpressionScope> {
  typealias Node = ParsedExpression.Node

  let scope: Scope
  let remembers: Bool
  private var remembered: [(path: String, lookup: ExpressionLookup)] = []

  init(scope: Scope, remembers: Bool) {
    self.scope = scope
    self.remembers = remembers
  }

  mutating func outcome(_ node: Node) -> ExpressionOutcome {
    switch node {
    case .constant(let value): .value(value)
    case .quantity(let quantity): .value(quantity.value)
    case .path(let path): value(at: path)
    case .list(let nodes): list(nodes)
    case .negation(let operand): negation(operand)
    case .arithmetic(let symbol, let left, let right): arithmetic(symbol, left, right)
    case .comparison(let symbol, let left, let right): comparison(symbol, left, right)
    case .membership(let element, in: let list): membership(element, list)
    case .fits(let path, let taxonomy): fits(path, taxonomy)
    case .not(let operand): truth(operand, of: "not").negated.outcome
    case .and(let operands): conjunction(operands).outcome
    case .or(let operands): disjunction(operands).outcome
    case .implies(let condition, let consequence): implication(condition, consequence).outcome
    }
  }

  private mutating func value(at path: String) -> ExpressionOutcome {
    switch lookup(path) {
    case .known(let value): .value(value)
    case .absent: .value(.null)
    case .unknown: .unknown(paths: [path])
    }
  }

  private mutating func lookup(_ path: String) -> ExpressionLookup {
    guard remembers else { return scope.value(at: path) }
    if let known = remembered.first(where: { $0.path == path }) { return known.lookup }
    let lookup = scope.value(at: path)
    remembered.append((path, lookup))
    return lookup
  }

  private func fits(_ path: String, _ taxonomy: String) -> ExpressionOutcome {
    switch scope.taxonomy(at: path) {
    case .known(let found): .value(.bool(Taxonomy.fits(found, taxonomy)))
    case .absent: .value(.bool(false))
    case .unknown: .unknown(paths: [path])
    }
  }
}

/// Dotted places in a catalogue.
enum Taxonomy {
  /// Whether `taxonomy` is `prefix` or lies below it.
  static func fits(_ taxonomy: String, _ prefix: String) -> Bool {
    let (taxonomy, prefix) = (taxonomy.utf8, prefix.utf8)
    guard taxonomy.starts(with: prefix) else { return false }
    return taxonomy.count == prefix.count || taxonomy.dropFirst(prefix.count).first == UInt8(ascii: ".")
  }
}

// MARK: Values

extension Evaluator {
  /// Both operands' values, or what stands in the way: a failure before an open choice.
  private enum Pair {
    case values(ExpressionValue, ExpressionValue)
    case neither(ExpressionOutcome)
  }

  private mutating func pair(_ left: Node, _ right: Node) -> Pair {
    switch (outcome(left), outcome(right)) {
    case (.value(let a), .value(let b)): .values(a, b)
    case (.failed(let reason), _), (_, .failed(let reason)): .neither(.failed(reason: reason))
    case (.unknown(let paths), .unknown(let others)): .neither(.unknown(paths: paths.union(others)))
    case (.unknown(let paths), _), (_, .unknown(let paths)): .neither(.unknown(paths: paths))
    }
  }

  private mutating func list(_ nodes: [Node]) -> ExpressionOutcome {
    var values: [ExpressionValue] = []
    values.reserveCapacity(nodes.count)
    var open: Set<String> = []
    for node in nodes {
      switch outcome(node) {
      case .value(let value): values.append(value)
      case .unknown(let paths): open.formUnion(paths)
      case .failed(let reason): return .failed(reason: reason)
      }
    }
    return open.isEmpty ? .value(.list(values)) : .unknown(paths: open)
  }

  private mutating func negation(_ operand: Node) -> ExpressionOutcome {
    let outcome = outcome(operand)
    guard case .value(let value) = outcome else { return outcome }
    switch Arithmetic.negation(value) {
    case .success(let result): return .value(result)
    case .failure(.notNumbers): return .failed(reason: "'-' needs a number, but `\(operand)` is \(value.kindName)")
    case .failure: return .failed(reason: "`-(\(operand))` is too large")
    }
  }

  private mutating func arithmetic(
    _ symbol: ParsedExpression.ArithmeticOperator, _ left: Node, _ right: Node
  ) -> ExpressionOutcome {
    switch pair(left, right) {
    case .neither(let outcome): return outcome
    case .values(let a, let b):
      switch Arithmetic.result(symbol, a, b) {
      case .success(let value): return .value(value)
      case .failure(let failure):
        let node = Node.arithmetic(symbol, left, right)
        switch failure {
        case .overflow: return .failed(reason: "`\(node)` is too large")
        case .divisionByZero: return .failed(reason: "`\(node)` divides by zero")
        case .notNumbers:
          return .failed(reason: "'\(symbol.rawValue)' needs two numbers, but \(Self.kinds((left, a), (right, b)))")
        }
      }
    }
  }

  private mutating func comparison(
    _ symbol: ParsedExpression.ComparisonOperator, _ left: Node, _ right: Node
  ) -> ExpressionOutcome {
    switch pair(left, right) {
    case .neither(let outcome): return outcome
    case .values(let a, let b):
      if symbol == .equal { return .value(.bool(a.isEqual(to: b))) }
      if symbol == .notEqual { return .value(.bool(!a.isEqual(to: b))) }
      guard let order = a.order(to: b) else {
        return .failed(
          reason: "'\(symbol.rawValue)' needs two numbers or two texts, but \(Self.kinds((left, a), (right, b)))")
      }
      return .value(.bool(order.satisfies(symbol)))
    }
  }

  private static func kinds(_ left: (Node, ExpressionValue), _ right: (Node, ExpressionValue)) -> String {
    "`\(left.0)` is \(left.1.kindName) and `\(right.0)` is \(right.1.kindName)"
  }

  private mutating func membership(_ element: Node, _ list: Node) -> ExpressionOutcome {
    if case .list(let nodes) = list { return membership(element, amongst: nodes) }
    switch pair(element, list) {
    case .neither(let outcome): return outcome
    case .values(let value, .list(let values)): return .value(.bool(values.contains { $0.isEqual(to: value) }))
    case .values(.string(let part), .string(let whole)): return .value(.bool(whole.contains(part)))
    case .values(let value, let other):
      return .failed(
        reason: "'in' needs a list, or a text in a text, but \(Self.kinds((element, value), (list, other)))")
    }
  }

  /// Looks into a list as it is written, like `element == a or element == b`: one known match decides.
  private mutating func membership(_ element: Node, amongst nodes: [Node]) -> ExpressionOutcome {
    let outcome = outcome(element)
    guard case .value(let value) = outcome else { return outcome }
    var found = Truth.no
    for node in nodes {
      switch self.outcome(node) {
      case .value(let other): if other.isEqual(to: value) { return .value(.bool(true)) }
      case .unknown(let paths): found = found.or(.open(paths))
      case .failed(let reason): found = found.or(.failed(reason))
      }
    }
    return found.outcome
  }
}

// MARK: Logic

extension Evaluator {
  private mutating func truth(_ node: Node, of name: String) -> Truth {
    switch outcome(node) {
    case .value(.bool(let value)): value ? .yes : .no
    case .value(let value): .failed("'\(name)' needs true or false, but `\(node)` is \(value.kindName)")
    case .unknown(let paths): .open(paths)
    case .failed(let reason): .failed(reason)
    }
  }

  private mutating func conjunction(_ operands: [Node]) -> Truth {
    var result = Truth.yes
    for operand in operands {
      result = result.and(truth(operand, of: "and"))
      if case .no = result { return result }
    }
    return result
  }

  private mutating func disjunction(_ operands: [Node]) -> Truth {
    var result = Truth.no
    for operand in operands {
      result = result.or(truth(operand, of: "or"))
      if case .yes = result { return result }
    }
    return result
  }

  private mutating func implication(_ condition: Node, _ consequence: Node) -> Truth {
    let refused = truth(condition, of: "implies").negated
    if case .yes = refused { return refused }
    return refused.or(truth(consequence, of: "implies"))
  }
}

/// Kleene's truth values, and failure.
private enum Truth {
  case no, yes
  case open(Set<String>)
  case failed(String)

  var outcome: ExpressionOutcome {
    switch self {
    case .no: .value(.bool(false))
    case .yes: .value(.bool(true))
    case .open(let paths): .unknown(paths: paths)
    case .failed(let reason): .failed(reason: reason)
    }
  }

  var negated: Truth {
    switch self {
    case .no: .yes
    case .yes: .no
    case .open, .failed: self
    }
  }

  func and(_ other: Truth) -> Truth { negated.or(other.negated).negated }

  func or(_ other: Truth) -> Truth {
    switch (self, other) {
    case (.yes, _), (_, .yes): .yes
    case (.open(let paths), .open(let others)): .open(paths.union(others))
    case (.open, _): self
    case (_, .open): other
    case (.failed, _): self
    default: other
    }
  }
}
