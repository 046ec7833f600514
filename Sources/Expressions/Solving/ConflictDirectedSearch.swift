// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Decides whether free choices can be made so that all constraints hold.
///
/// Depth-first, changing one path of one violated constraint at a time. A refutation names the paths it rests on; where
/// the path just changed isn't among them, the alternatives to that change are skipped: conflict-directed backjumping
/// (Prosser, "Hybrid algorithms for the constraint satisfaction problem", 1993).
struct ConflictDirectedSearch<Space: ChoiceSpace> {
  typealias Changes = Space.Changes

  /// What a search came to.
  enum Verdict {
    /// After these changes all constraints hold.
    case satisfied([ChoiceChange])
    case refuted(Refutation)
    case undecided
  }

  /// Why changes can't be completed.
  struct Refutation {
    /// The paths whose values it rests on.
    var paths: Set<String>
    /// The constraints it rests on.
    var constraints: Set<String>
  }

  /// The deepest nesting of the search, so that no stack overflows.
  private static var deepest: Int { 200 }

  private let isFixed: (String) -> Bool
  private let isPreferred: (String) -> Bool
  private let considered: Set<String>?
  private var trail: [ChoiceChange] = []
  /// The sets of changes that no further changes complete.
  private(set) var refuted: [Changes: Refutation] = [:]

  /// - Parameters:
  ///   - isPreferred: Paths that are changed before others of the same constraint.
  ///   - considered: The constraints that must hold; `nil` for all.
  init(
    isFixed: @escaping (String) -> Bool, isPreferred: @escaping (String) -> Bool = { _ in true },
    considering considered: Set<String>? = nil
  ) {
    self.isFixed = isFixed
    self.isPreferred = isPreferred
    self.considered = considered
  }

  mutating func decide(_ explored: inout Exploration<Space>) -> Verdict { decide([:], &explored) }

  private mutating func decide(_ changes: Changes, _ explored: inout Exploration<Space>) -> Verdict {
    if let known = refuted[changes] { return .refuted(known) }
    guard var violations = explored.violations(after: changes) else { return .undecided }
    if let considered { violations.removeAll { !considered.contains($0.constraint) } }
    guard let (violation, steps) = explored.mostUrgent(violations, after: changes, isFixed: isFixed) else {
      return .satisfied(trail)
    }
    guard trail.count < Self.deepest else { return .undecided }
    var refutation = Refutation(paths: Set(violation.paths), constraints: [violation.constraint])
    var isOpen = false
    for step in ordered(steps) {
      var next = changes
      next[step.path] = step.value
      trail.append(ChoiceChange(step.path, to: step.value, because: violation.constraint))
      let verdict = decide(next, &explored)
      trail.removeLast()
      switch verdict {
      case .satisfied: return verdict
      case .undecided: isOpen = true
      case .refuted(let deeper):
        if !deeper.paths.contains(step.path) {
          refuted[changes] = deeper
          return verdict
        }
        refutation.paths.formUnion(deeper.paths)
        refutation.constraints.formUnion(deeper.constraints)
      }
    }
    if isOpen { return .undecided }
    refuted[changes] = refutation
    return .refuted(refutation)
  }

  private func ordered(_ steps: [Exploration<Space>.Step]) -> [Exploration<Space>.Step] {
    steps.filter { isPreferred($0.path) } + steps.filter { !isPreferred($0.path) }
  }
}
