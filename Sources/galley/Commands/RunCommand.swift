// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Recipes
internal import Reports
internal import Scenarios

/// Runs a recipe from data set to report.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a recipe: train, export, optimize, measure, report.",
    discussion: """
      Examples:
        galley run Examples/digits/recipe.yaml
        galley run recipe.yaml --output out --json
        galley run recipe.yaml --until export      stop when the model files are there
        galley run recipe.yaml --rehearse          try every stage once, as short as it can be
        galley run recipe.yaml --target board      measure on a declared device; see galley target

      The run does exactly what galley plan shows. Finished stages are kept in the pantry: a second run, or one after
      Ctrl-C, takes them from there.

      A rehearsal shows whether everything that the recipe needs is there and works: training makes one step with the
      smallest batch that the network trains with, and begins with weights if the architecture has a place for some and
      the catalogue has some. Nothing of it is taken for a result.
      """)

  @OptionGroup var argument: RecipeArgument

  @Option(
    name: .shortAndLong,
    help: "Folder for the report and the models (default: output/NAME; output/NAME-rehearsal for a rehearsal).",
    completion: .directory)
  var output: String?

  @Option(help: "Folder where relative paths in the recipe start (default: the recipe's).", completion: .directory)
  var base: String?

  @Flag(name: .long, help: "Run only if the recipe still gives what its lock says.")
  var locked = false

  @OptionGroup var goal: GoalOptions
  @OptionGroup var target: TargetOption
  @OptionGroup var golden: GoldenTargetOptions
  @OptionGroup var limits: LimitOptions
  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let display = ProgressDisplay(console)
    defer { display.end() }
    let pantry = try place.open(console)
    let source = try RecipeSource(argument.recipe, base: base, in: pantry)
    let recipe = source.path
    let file = try RecipeFile.read(recipe, folder: source.folder, catalogue: Catalogue.standard.cardCatalogue())
    for notice in file.notices { console.note("note: \(notice)") }
    if locked { try RecipeLocking(pantry).verify(file, lock: RecipeLock.path(of: recipe)) }
    let fetching = ArtifactFetching(pantry, console, recipe: argument.recipe)
    let runner = ScenarioRunner(
      catalogue: .standard, pantry: pantry, command: "galley run \(argument.recipe)\(goal.words)\(target.words)",
      volume: golden.choice, limits: limits.limits, measuring: try await target.targets(of: file, place),
      fetch: { try await fetching.fetch($0) }, tell: display.show)
    if goal.rehearse || goal.goal < .report {
      let products = try await make(file, with: runner)
      display.end()
      try console.result(json: products)
      return console.result(products.text)
    }
    let outcome = try await runner.run(file, output: output ?? "output/\(file.name)")
    display.end()
    try console.result(json: outcome)
    console.result(outcome.table)
    console.result("\nReport: \(outcome.report)")
  }

  /// Rehearses, or runs as far as a goal before the report.
  private func make(_ file: RecipeFile, with runner: ScenarioRunner) async throws -> RunProducts {
    guard let rehearsal = try goal.rehearsal(of: file) else {
      return try await runner.run(file, until: goal.goal, output: output ?? "output/\(file.name)")
    }
    return try await runner.rehearse(
      rehearsal, until: goal.goal, output: output ?? "output/\(file.name)-rehearsal")
  }
}
