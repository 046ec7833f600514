// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
public import Recipes

extension RecipeFamily {
  /// The most combinations of one family.
  public static let mostCombinations = 10_000

  /// All recipes of a file: its variants, in every combination of choices at some places.
  ///
  /// Places that a choice opens are filled as `galley recipe fill` does; a combination in which that is impossible is
  /// left out with the reason. Combinations that mean the same are there once.
  /// - Parameter settings: Values that every recipe takes, before the axes; places that some variant lacks stay as they
  ///   are there.
  /// - Throws: `GalleyError` if places are empty at which no axis stands, with their list, if a path is unknown, with the
  ///   nearest, or if there are too many combinations; `RecipeError` if, without axes, the recipe is wrong.
  public init(of draft: RecipeDraft, each axes: [FamilyAxis] = [], settings: [ChoiceMade] = []) throws {
    var variants = try draft.members()
    for setting in settings { variants = try Self.set(setting, in: variants, of: draft) }
    try Self.refuseEmptySlots(of: variants, besides: axes)
    var combinations = variants.map { Combination(name: $0.name, draft: $0.draft) }
    for axis in axes { combinations = try Self.expand(combinations, along: axis, of: draft) }
    var collector = FamilyCollector()
    if axes.isEmpty, settings.isEmpty {
      // Variants have names that somebody gave them, and are kept even if they mean the same.
      collector.add(try draft.file())
    } else {
      for combination in combinations { collector.add(combination) }
    }
    (members, leftOut) = (collector.members, collector.leftOut)
  }

  private static func set(
    _ setting: ChoiceMade, in variants: [RecipeDraft.Member], of base: RecipeDraft
  ) throws -> [RecipeDraft.Member] {
    var isKnown = false
    var changed = variants
    for index in changed.indices where (try? changed[index].draft.entries(at: setting.path)) != nil {
      isKnown = true
      try changed[index].draft.set(setting.path, to: setting.value)
    }
    // The draft's own refusal names the nearest path.
    if !isKnown { _ = try base.entries(at: setting.path) }
    return changed
  }

  private static func refuseEmptySlots(
    of variants: [RecipeDraft.Member], besides axes: [FamilyAxis]
  ) throws(GalleyError) {
    var empty: [String] = []
    for draft in variants.map(\.draft) {
      var covered: Set<String> = []
      for axis in axes { covered.formUnion((try? draft.entries(at: axis.path))?.map(\.path) ?? []) }
      empty += draft.missing.map(\.path).filter { path in
        !empty.contains(path) && !covered.contains { path == $0 || path.hasPrefix("\($0).") }
      }
    }
    guard !empty.isEmpty, let draft = variants.first?.draft else { return }
    throw GalleyError(
      .configuration, "can't tell what the recipe needs", at: draft.path,
      why: "\(empty.count == 1 ? "a place is" : "\(empty.count) places are") empty: \(empty.joined(separator: ", "))",
      remedy: "Fill them: galley recipe options \(draft.path) \(empty.first ?? ""); or take every choice: --each "
        + "\(empty.first ?? "").")
  }

  /// Every combination with every choice of an axis. A combination that has no such place goes on without.
  private static func expand(
    _ combinations: [Combination], along axis: FamilyAxis, of base: RecipeDraft
  ) throws(GalleyError) -> [Combination] {
    var offered: [(combination: Combination, values: [ConfigurationValue]?)] = []
    for combination in combinations {
      let entry = combination.draft.flatMap { (try? $0.entries(at: axis.path))?.first }
      var values: [ConfigurationValue]?
      if let entry { values = try axis.choices(at: entry, in: base.catalogue) }
      offered.append((combination, values))
    }
    guard offered.reduce(0, { $0 + ($1.values?.count ?? 1) }) <= mostCombinations else {
      throw GalleyError(
        .usage, "can't take all combinations", at: "--each \(axis.path)",
        why: "there are more than \(mostCombinations)",
        remedy: "Name the values that are wanted, PATH=VALUE,VALUE, or prepare parts one after the other.")
    }
    let isKnown = offered.contains { $0.values != nil }
    let expanded = offered.flatMap { combination, values in
      values?.map { combination.choosing(ChoiceMade(path: axis.path, value: $0)) } ?? [combination]
    }
    // The draft's own refusal names the nearest path.
    if !isKnown { _ = try base.entries(at: axis.path) }
    return expanded
  }
}

/// A recipe on the way to being a member.
struct Combination {
  var name: String
  var choices: [ChoiceMade] = []
  /// The recipe so far; `nil` if a choice couldn't be made.
  var draft: RecipeDraft?
  var reasons: [String] = []

  init(name: String, draft: RecipeDraft) {
    self.name = name
    self.draft = draft
  }

  func choosing(_ choice: ChoiceMade) -> Combination {
    var next = self
    next.choices.append(choice)
    guard var draft else { return next }
    do {
      try draft.set(choice.path, to: choice.value)
      next.draft = draft
    } catch {
      next.draft = nil
      next.reasons = Self.reasons(error)
    }
    return next
  }

  /// The recipe, completed.
  func member() -> Result<ClosureMember, Refusal> {
    guard var draft else { return .failure(Refusal(reasons: reasons)) }
    do {
      var filled: [FilledChoice] = []
      let recipe: Recipe
      if let whole = try? draft.recipe() {
        recipe = whole
      } else {
        filled = try draft.fillEmpty()
        recipe = try draft.recipe()
      }
      return .success(ClosureMember(name: name, choices: choices, filled: filled, row: nil, recipe: recipe))
    } catch {
      return .failure(Refusal(reasons: Self.reasons(error)))
    }
  }

  struct Refusal: Error {
    var reasons: [String]
  }

  static func reasons(_ error: any Error) -> [String] {
    let problems = (error as? RecipeError)?.problems ?? (error as? GalleyError).map { [$0] } ?? []
    return problems.isEmpty ? ["\(error)"] : problems.map { "\($0.what): \($0.why)" }
  }
}

/// Collects members.
struct FamilyCollector {
  private(set) var members: [ClosureMember] = []
  private(set) var leftOut: [RecipeFamily.LeftOut] = []
  private var known: Set<Recipe> = []

  mutating func add(_ file: RecipeFile) {
    members += file.variants.map {
      ClosureMember(name: $0.name, choices: [], filled: [], row: nil, recipe: $0.recipe)
    }
  }

  mutating func add(_ combination: Combination) {
    let suffix = combination.choices.map(\.description).joined(separator: ", ")
    let name = suffix.isEmpty ? combination.name : "\(combination.name), \(suffix)"
    switch combination.member() {
    case .success(var member):
      member.name = name
      add(member)
    case .failure(let refusal):
      leftOut.append(.init(name: name, choices: combination.choices, reasons: refusal.reasons))
    }
  }

  /// Adds a recipe that is complete.
  mutating func add(_ member: ClosureMember) {
    if known.insert(member.recipe).inserted { members.append(member) }
  }

  mutating func leaveOut(_ leftOut: RecipeFamily.LeftOut) { self.leftOut.append(leftOut) }
}
