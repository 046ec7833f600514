// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The assignments judged so far, each once, and how many more may be.
struct Exploration<Space: ChoiceSpace> {
  typealias Changes = Space.Changes

  /// What is known of one assignment.
  private struct Place {
    var violations: [Violation]
    var alternatives: [String: [ExpressionValue]] = [:]
  }

  private let space: Space
  private var places: [Changes: Place] = [:]
  private var latest: (changes: Changes, state: Space.State)?
  private var visits = 0
  /// The most assignments that may be judged.
  var limit: Int

  /// How often an assignment may be looked at for each that may be judged.
  private static var visitsPerPlace: Int { 20 }

  /// Whether no more may be judged or looked at.
  var isSpent: Bool { count >= limit || visits / Self.visitsPerPlace >= limit }

  /// How many assignments were judged.
  var count: Int { places.count }

  init(_ space: Space, limit: Int) {
    self.space = space
    self.limit = limit
  }

  /// The constraints that don't hold after `changes`; `nil` if the limit is reached.
  mutating func violations(after changes: Changes) -> [Violation]? {
    visits += 1
    if visits / Self.visitsPerPlace >= limit { return nil }
    if let place = places[changes] { return place.violations }
    guard count < limit else { return nil }
    let state = space.expand(changes)
    let violations = space.violations(of: state)
    places[changes] = Place(violations: violations)
    latest = (changes, state)
    return violations
  }

  /// The other values that a path could take after `changes`.
  mutating func alternatives(for path: String, after changes: Changes) -> [ExpressionValue] {
    if let known = places[changes]?.alternatives[path] { return known }
    let state: Space.State
    if let latest, latest.changes == changes {
      state = latest.state
    } else {
      state = space.expand(changes)
      latest = (changes, state)
    }
    let alternatives = space.alternatives(for: path, in: state)
    places[changes]?.alternatives[path] = alternatives
    return alternatives
  }

  /// A way to go on from an assignment: one more change.
  struct Step {
    var path: String
    var value: ExpressionValue
  }

  /// The violation with the fewest ways out, and these, earlier alternatives first.
  ///
  /// Whoever makes all constraints hold must change a path of each violated one, so it is enough to look at one of
  /// them: the branching of Reiter's hitting-set tree ("A theory of diagnosis from first principles", 1987).
  mutating func mostUrgent(
    _ violations: [Violation], after changes: Changes, isFixed: (String) -> Bool
  ) -> (violation: Violation, steps: [Step])? {
    var best: (violation: Violation, values: [(path: String, values: [ExpressionValue])], count: Int)?
    for violation in violations {
      let free = Self.free(violation, after: changes, isFixed: isFixed)
      let values = free.map { (path: $0, values: alternatives(for: $0, after: changes)) }
      let count = values.reduce(0) { $0 + $1.values.count }
      if count < best?.count ?? .max { best = (violation, values, count) }
      if count == 0 { break }
    }
    guard let best else { return nil }
    let depth = best.values.map(\.values.count).max() ?? 0
    let steps = (0..<depth).flatMap { rank in
      best.values.filter { rank < $0.values.count }.map { Step(path: $0.path, value: $0.values[rank]) }
    }
    return (best.violation, steps)
  }

  /// The paths of a violation that may still be changed.
  static func free(_ violation: Violation, after changes: Changes, isFixed: (String) -> Bool) -> [String] {
    violation.paths.filter { changes[$0] == nil && !isFixed($0) }
  }

  /// The changes without those that turn out not to be needed.
  mutating func withoutNeedless(_ changes: [ChoiceChange]) -> [ChoiceChange] {
    var kept = changes
    for change in changes {
      let fewer = kept.filter { $0.path != change.path }
      if violations(after: Self.changes(of: fewer))?.isEmpty == true { kept = fewer }
    }
    return kept
  }

  static func changes(of list: [ChoiceChange]) -> Changes {
    Dictionary(list.map { ($0.path, $0.value) }) { _, last in last }
  }
}
