// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Files
internal import Foundation
internal import Galley
internal import Pantry
internal import Recipes
internal import Reports
internal import Scenarios

/// Says everything that is wrong with a recipe.
struct RecipeCheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say everything that is wrong with a recipe, with file, line and column.",
    discussion: """
      Examples:
        galley recipe check recipe.yaml
        galley recipe check recipe.yaml --locked     also whether it still gives what its lock says

      Exit codes: 0 nothing is wrong · 1 the lock says something else · 78 the recipe is wrong.
      """)

  @OptionGroup var argument: RecipeArgument

  @Flag(name: .long, help: "Compare with the lock beside the recipe.")
  var locked = false

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let draft = try argument.draft()
    let file = try draft.file()
    for notice in file.notices { console.note("note: \(notice)") }
    if locked { try RecipeLocking(try place.open()).verify(file, lock: RecipeLock.path(of: argument.recipe)) }
    try console.result(
      json: CheckDocument(
        recipe: file.name, variants: file.variants.map(\.name), notices: file.notices.map(\.description)))
    let count = file.variants.count
    console.result("\(argument.recipe) is complete: \(count) \(count == 1 ? "recipe" : "variants").")
  }
}

private struct CheckDocument: Encodable {
  var recipe: String
  var variants: [String]
  var notices: [String]
}

/// Says what two recipes choose differently.
struct RecipeDiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Say what two recipes choose differently, whatever their texts look like.",
    discussion: """
      Examples:
        galley recipe diff old.yaml new.yaml
        galley recipe diff digits.yaml#'wide int8' digits.yaml#'narrow int8'     two variants

      Exit codes: 0 they mean the same · 1 they differ.
      """)

  @Argument(help: "A recipe's file; '#' and a name take one of its variants.", completion: .file())
  var left: String

  @Argument(help: "The other one.", completion: .file())
  var right: String

  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let catalogue = try Catalogue.standard.cardCatalogue()
    let diff = try RecipeDiff(Self.recipe(left, catalogue), Self.recipe(right, catalogue))
    try console.result(json: diff)
    guard !diff.differences.isEmpty else { return console.result("They mean the same.") }
    console.result(
      TextTable(
        columns: [.init("place"), .init("what"), .init(left), .init(right)],
        rows: diff.differences.map { [$0.path, $0.kind.rawValue, $0.left ?? "—", $0.right ?? "—"] }
      ).render())
    throw SilentExit(code: .verdictNo)
  }

  /// The recipe that `text` names; of a file with variants, the first one if none is named.
  private static func recipe(_ text: String, _ catalogue: CardCatalogue) throws -> Recipe {
    let parts = text.split(separator: "#", maxSplits: 1).map(String.init)
    let file = try RecipeFile.read(parts.first ?? text, catalogue: catalogue)
    guard parts.count == 2 else {
      guard let first = file.variants.first else { throw noVariant(text, file) }
      return first.recipe
    }
    guard let variant = file.variants.first(where: { $0.name == parts[1] }) else { throw noVariant(parts[1], file) }
    return variant.recipe
  }

  private static func noVariant(_ name: String, _ file: RecipeFile) -> GalleyError {
    GalleyError(
      .usage, "can't compare", at: file.path, why: "there is no variant '\(name)'",
      remedy: "It has \(file.variants.map(\.name).joined(separator: ", ")).")
  }
}

/// Writes down everything that decides what a recipe gives.
struct RecipeLockCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock",
    abstract: "Write down everything that decides what a recipe gives: choices, versions, data, artifacts, tools.",
    discussion: """
      Examples:
        galley recipe lock digits.yaml                 writes digits.lock
        galley recipe check digits.yaml --locked       says what differs since
        galley run digits.yaml --locked                runs it only if nothing does
      """)

  @OptionGroup var argument: RecipeArgument

  @Option(name: .shortAndLong, help: "The lock's file (default: beside the recipe).", completion: .file())
  var output: String?

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let file = try argument.draft().file()
    let lock = try RecipeLocking(try place.open()).lock(file)
    let path = output ?? RecipeLock.path(of: argument.recipe)
    try RecipeOutput.write(lock.text(), to: path)
    try console.result(json: lock)
    console.result("\(path) is written:")
    for variant in lock.variants { console.result("  \(variant.digest.short)  \(variant.name)") }
  }
}

/// Prints the schema of recipes.
struct RecipeSchemaCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON Schema of recipes, with which editors complete and check them.",
    discussion: """
      Examples:
        galley recipe schema -o recipe.schema.json
        # yaml-language-server: $schema=recipe.schema.json       the first line of a recipe in an editor
      """)

  /// The schema's name; nothing is fetched from it.
  private static let id = "urn:galley:recipe-schema:1"

  @Option(name: .shortAndLong, help: "Write to this file; without it the schema is printed.", completion: .file())
  var output: String?

  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let text = RecipeSchema(cards: try Catalogue.standard.cardCatalogue().cards, id: RecipeSchemaCommand.id).text()
    if let output {
      try RecipeOutput.write(text, to: output)
      console.note("\(output) is written.")
    } else {
      console.write(text)
    }
  }
}
