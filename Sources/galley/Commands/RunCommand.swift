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

      Finished stages are kept in the pantry: a second run, or one after Ctrl-C, takes them from there.
      """)

  @Argument(help: "The recipe's file.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var recipe: String

  @Option(name: .shortAndLong, help: "Folder for the report (default: output/NAME).", completion: .directory)
  var output: String?

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let display = ProgressDisplay(console)
    defer { display.end() }
    let catalogue = Catalogue.standard
    let file = try RecipeFile.read(recipe, catalogue: catalogue.cards, shape: .classification)
    let runner = ScenarioRunner(
      catalogue: catalogue, pantry: try place.open(), command: "galley run \(recipe)", tell: display.show)
    let outcome = try await runner.run(file, output: output ?? "output/\(file.name)")
    display.end()
    try console.result(json: outcome)
    console.result(outcome.table)
    console.result("\nReport: \(outcome.report)")
  }
}
