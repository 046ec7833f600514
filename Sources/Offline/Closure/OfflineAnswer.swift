// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
public import Recipes

/// Whether a recipe with some choices would work without a network: yes, or no, because.
public struct OfflineAnswer: Sendable, Encodable {
  /// The answer for one task.
  public struct Task: Sendable, Encodable {
    /// The task.
    public var task: ClaimedTask
    /// Whether the recipe can be run from its beginning up to the task.
    public var works: Bool
    /// Names of what is missing for it.
    public var missing: [String]
    /// Bytes of that.
    public var toFetch: ByteTotal
  }

  /// The choices that were asked about.
  public var choices: [ChoiceMade]
  /// What was asked: `this machine`, or a bundle.
  public var holdings: String
  /// Whether every task that was asked about works.
  public var works: Bool
  /// Combinations that contradict or can't be completed, with the reasons.
  public var leftOut: [RecipeFamily.LeftOut]
  /// What would be chosen automatically with the choices.
  public var filled: [FilledChoice]
  /// The answer for each task.
  public var tasks: [Task]
  /// What is missing for some task, each thing once.
  public var missing: [ClosureItem]
  /// Bytes of that.
  public var toFetch: ByteTotal
}

/// Answers questions about one recipe.
public struct OfflineAnswering: Sendable {
  /// The recipe.
  public let draft: RecipeDraft
  /// What is here.
  public let sources: ClosureSources

  /// Prepares.
  public init(_ draft: RecipeDraft, _ sources: ClosureSources) {
    self.draft = draft
    self.sources = sources
  }

  /// Whether the recipe with these choices, in each of its variants, would work with what is here.
  /// - Parameters:
  ///   - expression: The choices; places that they open are filled automatically.
  ///   - tasks: What is to be done.
  ///   - dataAtSite: Whether the data set is where the recipe is run.
  /// - Throws: `GalleyError` for a path that isn't there, with the nearest, or places that are empty; `RecipeError` for a
  ///   value that the place doesn't take.
  public func can(
    _ expression: ChoiceExpression, tasks: [ClaimedTask] = ClaimedTask.allCases, dataAtSite: Bool = false
  ) throws -> OfflineAnswer {
    let family = try RecipeFamily(of: draft, settings: expression.choices)
    let closure = Closure(family, sources, dataAtSite: dataAtSite)
    let isPossible = !family.members.isEmpty
    let missing = closure.items(for: tasks).filter { !$0.isHere }
    return OfflineAnswer(
      choices: expression.choices, holdings: sources.holdings.name, works: isPossible && missing.isEmpty,
      leftOut: family.leftOut, filled: family.members.first?.filled ?? [],
      tasks: tasks.map { task in
        let lacking = closure.items(for: [task]).filter { !$0.isHere }
        return OfflineAnswer.Task(
          task: task, works: isPossible && lacking.isEmpty, missing: lacking.map(\.name),
          toFetch: ByteTotal(lacking.map(\.byteCount)))
      }, missing: missing, toFetch: ByteTotal(missing.map(\.byteCount)))
  }
}
