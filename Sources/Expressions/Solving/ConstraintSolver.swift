// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Finds the smallest change that makes constraints hold, or the smallest contradiction between fixed choices.
///
/// The same space gives the same result every time. The work is bounded by the number of assignments tried.
public struct ConstraintSolver: Sendable {
  /// The most assignments that one call expands and judges.
  public var limit: Int

  /// Creates a solver.
  public init(limit: Int = 20_000) {
    self.limit = limit
  }

  /// The smallest set of changes to free choices after which all constraints hold.
  ///
  /// Of equally small sets it prefers the one found first when earlier alternatives are tried before later ones, and
  /// earlier paths of a violation before later ones. First the question whether there is any set is settled by
  /// backjumping (``ConflictDirectedSearch``), then the smallest is sought by iterative deepening
  /// (``SmallestRepairSearch``).
  public func repair<Space: ChoiceSpace>(_ space: Space) -> ChoiceRepair {
    var explored = Exploration(space, limit: limit / 2)
    var decision = ConflictDirectedSearch<Space>(isFixed: space.isFixed)
    let verdict = decision.decide(&explored)
    explored.limit = limit
    var known: [ChoiceChange]?
    switch verdict {
    case .refuted: return .impossible
    case .satisfied(let changes) where changes.isEmpty: return .already
    case .satisfied(let changes): known = explored.withoutNeedless(changes)
    case .undecided: break
    }
    var search = SmallestRepairSearch<Space>(isFixed: space.isFixed, refuted: decision.refuted)
    switch search.run(&explored, atMost: known?.count) {
    case .found(let changes): return .changed(changes, isSmallest: true)
    case .exhausted where known == nil: return .impossible
    case .exhausted, .cut: return known.map { .changed($0, isSmallest: false) } ?? .gaveUp(tried: explored.count)
    }
  }

  /// The smallest set of fixed choices that can't all stay.
  /// - Parameter fixed: The choices in question, those dearest to the user first. Other choices that the space calls
  ///   fixed stay as they are, and aren't part of the answer.
  public func conflict<Space: ChoiceSpace>(_ space: Space, fixed: [String]) -> ChoiceConflict {
    var search = ConflictSearch(space, fixed: fixed, limit: limit)
    return search.run()
  }
}
