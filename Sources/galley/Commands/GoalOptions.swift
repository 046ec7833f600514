// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Galley
internal import Recipes
internal import Scenarios

/// How far a recipe is run, and whether for real.
struct GoalOptions: ParsableArguments {
  @Option(
    name: .long, help: "Stop after a stage: prepare, train, export, optimize, measure or report (default: report).",
    completion: .list(StageGoal.allCases.map(\.rawValue)))
  private var until: Goal?

  @Flag(
    name: .long,
    help: "Only try: one batch of training, the shortest export, optimization and measurement; nothing is a result.")
  var rehearse = false

  /// How far.
  var goal: StageGoal { until?.goal ?? .report }

  /// The words of the command that say the same.
  var words: String {
    (until.map { " --until \($0.goal.rawValue)" } ?? "") + (rehearse ? " --rehearse" : "")
  }

  /// The recipe as it is rehearsed; `nil` if it is run for real.
  func rehearsal(of file: RecipeFile) throws -> Rehearsal? {
    rehearse ? Rehearsal(of: file, catalogue: try Catalogue.standard.cardCatalogue()) : nil
  }
}

/// A goal as an argument.
private struct Goal: ExpressibleByArgument {
  var goal: StageGoal

  static var allValueStrings: [String] { StageGoal.allCases.map(\.rawValue) }

  init?(argument: String) {
    guard let goal = StageGoal(rawValue: argument) else { return nil }
    self.goal = goal
  }
}
