// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Finds the fewest changes after which all constraints hold.
///
/// A search tree bounded in depth, one change more in each round (Korf, "Depth-first iterative-deepening", 1985, with
/// a lower bound as in his IDA*): constraints that share no free path need a change each.
struct SmallestRepairSearch<Space: ChoiceSpace> {
  typealias Changes = Space.Changes

  /// What a search came to.
  enum Outcome {
    case found([ChoiceChange])
    /// There are no such changes.
    case exhausted
    /// More changes or more assignments would be needed to know.
    case cut
  }

  /// The most changes that are sought.
  private static var most: Int { 200 }

  private let isFixed: (String) -> Bool
  private let refuted: [Changes: ConflictDirectedSearch<Space>.Refutation]
  private var visited: Set<Changes> = []
  private var trail: [ChoiceChange] = []

  init(isFixed: @escaping (String) -> Bool, refuted: [Changes: ConflictDirectedSearch<Space>.Refutation]) {
    self.isFixed = isFixed
    self.refuted = refuted
  }

  /// - Parameter bound: A number of changes that is known to suffice.
  mutating func run(_ explored: inout Exploration<Space>, atMost bound: Int?) -> Outcome {
    for count in 0...min(bound ?? Self.most, Self.most) {
      visited.removeAll(keepingCapacity: true)
      let outcome = search([:], changesLeft: count, &explored)
      if case .cut = outcome, !explored.isSpent { continue }
      return outcome
    }
    return .cut
  }

  private mutating func search(
    _ changes: Changes, changesLeft: Int, _ explored: inout Exploration<Space>
  ) -> Outcome {
    // Visited in this round means searched with as many changes left, and nothing found.
    guard refuted[changes] == nil, visited.insert(changes).inserted else { return .exhausted }
    guard let violations = explored.violations(after: changes) else { return .cut }
    if violations.isEmpty { return .found(trail) }
    guard let bound = changesNeeded(violations, after: changes) else { return .exhausted }
    guard bound <= changesLeft,
      let (violation, steps) = explored.mostUrgent(violations, after: changes, isFixed: isFixed)
    else { return .cut }
    var outcome = Outcome.exhausted
    for step in steps {
      var next = changes
      next[step.path] = step.value
      trail.append(ChoiceChange(step.path, to: step.value, because: violation.constraint))
      let deeper = search(next, changesLeft: changesLeft - 1, &explored)
      trail.removeLast()
      switch deeper {
      case .found: return deeper
      case .cut: outcome = .cut
      case .exhausted: break
      }
    }
    return outcome
  }

  /// A number of changes without which the violations can't be healed; `nil` if one of them can't be healed at all.
  private func changesNeeded(_ violations: [Violation], after changes: Changes) -> Int? {
    var touched: Set<String> = []
    var count = 0
    for violation in violations {
      let free = Exploration<Space>.free(violation, after: changes, isFixed: isFixed)
      if free.isEmpty { return nil }
      if touched.isDisjoint(with: free) {
        touched.formUnion(free)
        count += 1
      }
    }
    return count
  }
}
