// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Expressions
public import Galley

/// A value that was chosen automatically, and why.
public struct FilledChoice: Sendable, Hashable, Encodable {
  /// The place.
  public var path: String
  /// What was chosen: an ingredient's name, or a value.
  public var value: ConfigurationValue
  /// Why, as a clause.
  public var reason: String
}

extension RecipeDraft {
  /// Fills every empty place as far as somebody or something says how: hints first, then suggestions, then the
  /// ingredient of the largest priority that fits; then changes as few automatic values as needed for all constraints
  /// to hold.
  ///
  /// What a person said is never changed. Places that only a person can fill stay empty: `missing` names them.
  /// - Parameter hints: Values by path or synonym; they count as said.
  /// - Returns: what was chosen, in the order of the recipe.
  /// - Throws: `RecipeError` if hints are wrong or the choices contradict each other; the draft stays as it was.
  @discardableResult
  public mutating func fillEmpty(
    hints: [(path: String, value: ConfigurationValue)] = []
  ) throws -> [FilledChoice] {
    var filling = Filling(self, hints: hints)
    let next = try filling.run()
    let choices = filling.choices
    keep(
      choices.compactMap { choice in
        next.positions[choice.path].map { edit(next.entries[$0], choice.value) }
      }, next)
    return choices
  }
}

/// The work of filling a draft.
private struct Filling {
  private let draft: RecipeDraft
  private var waiting: [(path: String, value: ConfigurationValue)]
  private var resolution: Resolution
  /// Places that were filled here and may be changed again.
  private var automatic: Set<String> = []
  private(set) var choices: [FilledChoice] = []

  init(_ draft: RecipeDraft, hints: [(path: String, value: ConfigurationValue)]) {
    self.draft = draft
    waiting = hints
    resolution = draft.resolution
  }

  mutating func run() throws -> Resolution {
    // Each round may choose ingredients that bring places of their own.
    while true {
      let hinted = try takeHints()
      let filled = fillMissing()
      if !hinted && !filled { break }
    }
    if let hint = waiting.first { throw draft.unknown(hint.path) }
    try mend()
    return resolution
  }

  /// Applies hints whose place exists by now.
  private mutating func takeHints() throws -> Bool {
    var rest: [(path: String, value: ConfigurationValue)] = []
    var changes: [(path: String, value: ConfigurationValue, reason: String)] = []
    for hint in waiting {
      let targets = resolution.find(hint.path)
      if targets.isEmpty { rest.append(hint) }
      changes += targets.map { (resolution.entries[$0].path, hint.value, "hint \(hint.path)=\(hint.value)") }
    }
    guard !changes.isEmpty else { return false }
    waiting = rest
    let before = Set(resolution.problems.map(\.error))
    apply(changes)
    let fresh = resolution.problems.map(\.error).filter { !before.contains($0) }
    guard fresh.isEmpty else { throw RecipeError(problems: fresh) }
    return true
  }

  private mutating func fillMissing() -> Bool {
    let changes = resolution.missing.compactMap { position in
      choice(for: resolution.entries[position])
    }
    guard !changes.isEmpty else { return false }
    automatic.formUnion(changes.map(\.path))
    apply(changes)
    return true
  }

  private func choice(for entry: RecipeEntry) -> (path: String, value: ConfigurationValue, reason: String)? {
    if entry.declaration.kind.isSlot {
      let fitting = draft.catalogue.fitting(entry.declaration.kind.accepted)
      guard let best = fitting.first else { return nil }
      let reason = fitting.count == 1 ? "the only one that fits" : "first of \(fitting.count) that fit, by priority"
      return (entry.path, .string(best.name), reason)
    }
    return entry.declaration.suggestion.map { (entry.path, $0, "suggested by the card") }
  }

  private mutating func apply(_ changes: [(path: String, value: ConfigurationValue, reason: String)]) {
    var root = resolution.root
    for change in changes {
      let position = SourcePosition(file: change.reason, line: 1, column: 1)
      root = root.replacing(
        change.path.split(separator: ".").map(String.init)[...], by: SourceNode(change.value, at: position),
        keyPosition: position)
      choices.removeAll { $0.path == change.path || $0.path.hasPrefix(change.path + ".") }
      choices.append(FilledChoice(path: change.path, value: change.value, reason: change.reason))
    }
    resolution = Resolution(root, catalogue: draft.catalogue)
  }

  /// A change's value as recipes write it: the solver names ingredients by their taxonomy.
  private func shortName(_ change: ChoiceChange) -> ConfigurationValue {
    let value = ConfigurationValue(change.value)
    guard case .string(let taxonomy) = value, let position = resolution.positions[change.path],
      resolution.entries[position].declaration.kind.isSlot,
      let card = draft.catalogue.cards.first(where: { $0.taxonomy == taxonomy })
    else { return value }
    return .string(card.name)
  }

  /// Changes as few automatic values as needed for all constraints to hold.
  ///
  /// A changed ingredient may bring constraints of its own, so this is repeated, within bounds.
  private mutating func mend(roundsLeft: Int = 8) throws {
    guard roundsLeft > 0 else {
      throw RecipeError(problems: Conflict.errors(of: resolution.violations, in: resolution))
    }
    switch Conflict.find(in: resolution, free: automatic) {
    case .none:
      return
    case .repairable(let changes):
      let reasons = resolution.violations.map(\.constraint.reason).joined(separator: "; ")
      apply(changes.map { ($0.path, shortName($0), reasons) })
      // What a changed ingredient needs is filled too.
      automatic.formUnion(changes.map(\.path))
      while fillMissing() {}
      try mend(roundsLeft: roundsLeft - 1)
    case .contradiction, .undecided:
      throw RecipeError(problems: Conflict.errors(of: resolution.violations, in: resolution))
    }
  }
}
