// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Recipes
internal import Reports

/// Puts values into a recipe.
struct RecipeSetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Put values into a recipe; comments and order stay.",
    discussion: """
      Examples:
        galley recipe set my.yaml trainer.epochs=30 optimizer=int8
        galley recipe set my.yaml 'model.architecture={use: small-convnet, width: 32}'
        galley recipe set my.yaml trainer.epochs=        take what the recipe says away; the default counts again
      """)

  @OptionGroup var argument: RecipeArgument

  @Argument(help: "What to put where, as path=value; the value in YAML.")
  var assignments: [Assignment]

  @OptionGroup var destination: RecipeOutput
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    var draft = try argument.draft()
    for assignment in assignments {
      if assignment.value == .null {
        try draft.clear(assignment.path)
      } else {
        try draft.set(assignment.path, to: assignment.value)
      }
    }
    try destination.write(draft, over: argument.recipe, console)
    for notice in draft.notices { console.note("note: \(notice)") }
    try console.result(json: ["missing": draft.missing.map(\.path), "notices": draft.notices.map(\.description)])
  }
}

/// Fills what can be filled automatically.
struct RecipeFillCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fill",
    abstract: "Fill every empty place that can be filled automatically, and say why.",
    discussion: """
      Examples:
        galley recipe fill my.yaml
        galley recipe fill my.yaml optimizer=int8 data.path=digits.csv     hints win
        galley recipe fill my.yaml --dry-run

      What the recipe says is never changed. Where constraints ask for it, as few automatic values as possible are
      changed.
      """)

  @OptionGroup var argument: RecipeArgument

  @Argument(help: "Hints, as path=value; they count as said.")
  var hints: [Assignment] = []

  @OptionGroup var destination: RecipeOutput
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    var draft = try argument.draft()
    let filled = try draft.fillEmpty(hints: hints.map { ($0.path, $0.value) })
    try destination.write(draft, over: argument.recipe, console)
    let missing = draft.missing.map(\.path)
    try console.result(json: FilledDocument(filled: filled, missing: missing))
    if !destination.dryRun {
      console.result(
        filled.isEmpty
          ? "Nothing was empty that can be filled automatically."
          : TextTable(
            columns: [.init("place"), .init("value"), .init("because")],
            rows: filled.map { [$0.path, $0.value.description, $0.reason] }
          ).render())
    }
    if !missing.isEmpty { console.note("Only you can choose: \(missing.joined(separator: ", ")).") }
  }
}

private struct FilledDocument: Encodable {
  var filled: [FilledChoice]
  var missing: [String]
}
