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
    abstract: "Show what running a recipe, or training on a data set, would do and why.",
    discussion: """
      Examples:
        galley plan Examples/digits/recipe.yaml
        galley plan recipe.yaml --json
        galley plan recipe.yaml --until train         only what training needs
        galley plan recipe.yaml --rehearse            what a rehearsal would try
        galley plan recipe.yaml --target board        what measuring on a declared device would take
        galley plan --data photos --model resnet-18    what galley train would do with them

      Nothing is run or fetched. galley run does exactly what the plan says: what is cached, what runs and why, what is
      fetched, how long it takes. For a data set the plan is that of galley train, every value with origin and reason;
      one on the network is fetched for that, because a plan needs to see it.
      """)

  @Argument(
    help: "The recipe's file, or a claim of galley offline claims.",
    completion: .file(extensions: ["yaml", "yml", "json"]))
  var recipe: String?

  @Option(help: "In place of a recipe: the data set to train on.", completion: .file())
  var data: String?

  @Option(help: "With --data: the model, as galley train takes it.")
  var model: String?

  @OptionGroup var goal: GoalOptions
  @OptionGroup var target: TargetOption
  @OptionGroup var limits: LimitOptions
  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  mutating func validate() throws {
    guard (recipe == nil) != (data == nil) else { throw ValidationError("Name a recipe, or a data set with --data.") }
    guard model == nil || data != nil else { throw ValidationError("--model goes with --data.") }
    guard data == nil || goal.words.isEmpty && target.target == nil else {
      throw ValidationError("--until, --rehearse and --target go with a recipe.")
    }
  }

  func run() async throws {
    if let recipe { try await plan(recipe: recipe) } else if let data { try await plan(trainingOn: data) }
  }

  private func plan(trainingOn data: String) async throws {
    var arguments = ["--data", data] + (model.map { ["--model", $0] } ?? [])
    arguments += place.pantry.map { ["--pantry", $0] } ?? []
    if options.json { arguments.append("--json") }
    if options.quiet { arguments.append("--quiet") }
    try await EngineSession(.train, try EngineArguments.parse(arguments), [], planOnly: true).run()
  }

  private func plan(recipe: String) async throws {
    let console = Console(options)
    let pantry = try place.open(console)
    let source = try RecipeSource(recipe, base: nil, in: pantry)
    let file = try RecipeFile.read(source.path, folder: source.folder, catalogue: Catalogue.standard.cardCatalogue())
    for notice in file.notices { console.note("note: \(notice)") }
    let runner = ScenarioRunner(
      catalogue: .standard, pantry: pantry, command: "galley run \(recipe)\(goal.words)\(target.words)",
      limits: limits.limits, measuring: try await target.targets(of: file, place), tell: { _ in })
    let plan =
      try goal.rehearsal(of: file).map { try runner.plan($0, until: goal.goal) }
      ?? runner.plan(file, until: goal.goal)
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
