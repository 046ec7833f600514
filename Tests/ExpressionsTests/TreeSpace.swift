// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Expressions

/// Choices of which some exist only under a value of another, and take their values and defaults from another.
struct TreeSpace: ChoiceSpace {
  struct Choice {
    var name: String
    /// The choice and value under which this one exists.
    var parent: (name: String, value: ExpressionValue)?
    /// The values, the preferred one first.
    var domain: [ExpressionValue]
    /// A choice whose value decides which value is preferred and which of the others are to be had.
    var guide: String?
  }

  /// In an order in which parents and guides come first.
  var choices: [Choice]
  var constraints: [(name: String, condition: ParsedExpression)]
  var user: [String: ExpressionValue]

  func isFixed(_ path: String) -> Bool { user[path] != nil }

  func expand(_ changes: Changes) -> Table {
    var state = Table()
    for choice in choices {
      if let parent = choice.parent, state.values[parent.name] != parent.value { continue }
      let domain = domain(of: choice, in: state)
      let wishes = [changes[choice.name], user[choice.name]].compactMap { $0 }
      state.values[choice.name] = wishes.first { domain.contains($0) } ?? domain[0]
    }
    return state
  }

  /// A guide's value turns the list of values, and takes the last away where it is odd.
  private func domain(of choice: Choice, in state: Table) -> [ExpressionValue] {
    guard let guide = choice.guide, case .int(let turn) = state.values[guide], choice.domain.count > 1 else {
      return choice.domain
    }
    let start = turn % choice.domain.count
    let turned = Array(choice.domain[start...] + choice.domain[..<start])
    return turn % 2 == 1 ? Array(turned.dropLast()) : turned
  }

  func violations(of state: Table) -> [Violation] {
    constraints.filter { $0.condition.evaluate(state) == .value(false) }
      .map { Violation($0.name, paths: closure(of: $0.condition.paths)) }
  }

  /// The paths and whatever they depend on.
  private func closure(of paths: [String]) -> [String] {
    var result: [String] = []
    var open = paths
    while let path = open.first {
      open.removeFirst()
      guard !result.contains(path), let choice = choices.first(where: { $0.name == path }) else { continue }
      result.append(path)
      open += [choice.parent?.name, choice.guide].compactMap { $0 }
    }
    return result
  }

  func alternatives(for path: String, in state: Table) -> [ExpressionValue] {
    guard let choice = choices.first(where: { $0.name == path }), let present = state.values[path] else { return [] }
    return domain(of: choice, in: state).filter { $0 != present }
  }
}

/// What trying everything gives.
struct BruteForce {
  var space: TreeSpace

  /// The fewest changes of choices other than `kept` after which all constraints hold.
  func fewestChanges(keeping kept: Set<String>) -> Int? {
    let free = space.choices.filter { !kept.contains($0.name) }
    var fewest: Int?
    func visit(_ index: Int, _ changes: [String: ExpressionValue]) {
      if changes.count >= fewest ?? .max { return }
      guard index < free.count else {
        if space.violations(of: space.expand(changes)).isEmpty { fewest = changes.count }
        return
      }
      visit(index + 1, changes)
      for value in free[index].domain {
        var more = changes
        more[free[index].name] = value
        visit(index + 1, more)
      }
    }
    visit(0, [:])
    return fewest
  }

  /// The size of the smallest set of fixed choices that can't all stay.
  func smallestConflict() -> Int? {
    let fixed = space.user.keys.sorted()
    var smallest: Int?
    for mask in 0..<1 << fixed.count where mask.nonzeroBitCount < smallest ?? .max {
      let kept = Set(fixed.indices.filter { mask >> $0 & 1 == 1 }.map { fixed[$0] })
      if fewestChanges(keeping: kept) == nil { smallest = mask.nonzeroBitCount }
    }
    return smallest
  }
}
