// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Recipes
internal import Scenarios

/// Shows what running a recipe would do.
struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show what running a recipe would do: what is cached, what runs and why, what is fetched, how long.",
    discussion: """
      Examples:
        galley plan Examples/digits/recipe.yaml
        galley plan recipe.yaml --json

      Nothing is run or fetched. galley run does exactly what the plan says.
      """)

  @OptionGroup var argument: RecipeArgument
  @OptionGroup var limits: LimitOptions
  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let file = try RecipeFile.read(argument.recipe, catalogue: Catalogue.standard.cardCatalogue())
    for notice in file.notices { console.note("note: \(notice)") }
    let runner = ScenarioRunner(
      catalogue: .standard, pantry: try place.open(console), command: "galley run \(argument.recipe)",
      limits: limits.limits, tell: { _ in })
    let plan = try runner.plan(file)
    try console.result(json: plan)
    console.result(plan.text)
  }
}

/// How much of the machine a run may take.
struct LimitOptions: ParsableArguments {
  @Option(name: .long, help: "Memory for stages that run at once, like 4GB (default: 80 % of what is available).")
  var memory: ByteCount?

  @Option(name: .long, help: "Stages that run at once (default: one for each processor).")
  var jobs: Int?

  mutating func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs takes a number from 1.") }
  }

  var limits: ResourceLimits { ResourceLimits(memoryBytes: memory?.bytes, stages: jobs) }
}
