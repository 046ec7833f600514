// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Expressions
internal import Galley

/// What follows from constraints that don't hold.
enum Conflict {
  /// All hold.
  case none
  /// Automatic values may be changed so that all hold.
  case repairable([ChoiceChange])
  /// Choices that people made contradict each other: the smallest such set, and the constraints that say so.
  case contradiction([SaidChoice], [Constraint])
  /// Not known within the solver's limit.
  case undecided([Constraint])

  /// A choice that somebody made.
  struct SaidChoice: Hashable, CustomStringConvertible {
    var path: String
    var value: ConfigurationValue
    var place: String

    var description: String { "\(path) = \(value) (\(place))" }
  }

  static func find(in resolution: Resolution, free: Set<String> = []) -> Conflict {
    guard !resolution.violations.isEmpty else { return .none }
    let space = RecipeSpace(resolution, free: free)
    let solver = ConstraintSolver()
    let broken = resolution.violations
    switch solver.repair(space) {
    case .already: return .none
    case .changed(let changes, _): return .repairable(changes)
    case .gaveUp: return .undecided(broken.map(\.constraint))
    case .impossible: break
    }
    let fixed = resolution.entries.filter { $0.isApplicable && space.isFixed($0.path) }.map(\.path)
    guard case .found(let paths, let ids, _) = solver.conflict(space, fixed: fixed) else {
      return .undecided(broken.map(\.constraint))
    }
    let choices = paths.compactMap { path -> SaidChoice? in
      guard let entry = resolution.positions[path].map({ resolution.entries[$0] }) else { return nil }
      let place = entry.origin.isSaid ? entry.origin.description : entry.position?.description
      return SaidChoice(path: path, value: entry.value ?? .null, place: place ?? entry.origin.description)
    }
    return .contradiction(choices, constraints(ids, in: resolution))
  }

  /// The constraints with these ids, whether they hold now or not.
  private static func constraints(_ ids: [String], in resolution: Resolution) -> [Constraint] {
    let owners = resolution.entries.compactMap { entry in entry.card.map { (entry.path, $0) } }
    let all = (owners + (resolution.task.map { [("task", $0)] } ?? [])).flatMap { path, card in
      card.constraints.map { BrokenConstraint(owner: path, constraint: $0, paths: []) }
    }
    let named = all.filter { ids.contains($0.id) }.map(\.constraint)
    return named.isEmpty ? resolution.violations.map(\.constraint) : named
  }

  /// The messages for constraints that don't hold.
  static func errors(of broken: [BrokenConstraint], in resolution: Resolution) -> [GalleyError] {
    let reasons = { (constraints: [Constraint]) in
      constraints.map { "\($0.reason) (\($0.condition))" }.joined(separator: "; ")
    }
    switch find(in: resolution) {
    case .none:
      return []
    case .repairable(let changes):
      let sets = changes.map { "\($0.path) = \(ConfigurationValue($0.value))" }.joined(separator: ", ")
      return [
        GalleyError(
          .configuration, "values that nobody chose don't fit", at: place(of: broken, in: resolution),
          why: reasons(broken.map(\.constraint)), remedy: "This would do: \(sets). galley recipe fill writes it.")
      ]
    case .undecided(let constraints):
      return [
        GalleyError(
          .configuration, "choices don't fit", at: place(of: broken, in: resolution), why: reasons(constraints),
          remedy: "Too many ways to mend it were possible to try all; change one of the choices that it speaks of.")
      ]
    case .contradiction(let choices, let constraints):
      let words = choices.map(\.description).joined(separator: ", ")
      let what =
        choices.count == 1 ? "this choice can't be kept" : "these \(choices.count) choices contradict each other"
      return [
        GalleyError(
          .configuration, words.isEmpty ? "the recipe contradicts itself" : "\(what): \(words)",
          at: place(of: broken, in: resolution), why: reasons(constraints),
          remedy: choices.count > 1 ? "Change one of them; galley recipe options PATH shows what fits." : nil)
      ]
    }
  }

  private static func place(of broken: [BrokenConstraint], in resolution: Resolution) -> String? {
    let positions = broken.flatMap { $0.paths + [$0.owner] }.compactMap { resolution.positions[$0] }
      .compactMap { resolution.entries[$0].position }
    return (positions.first ?? resolution.root.position).description
  }
}
