// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Files
internal import Foundation
internal import Galley
internal import Recipes
internal import Scenarios

/// Composes, asks, completes and checks recipes.
struct RecipeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipe",
    abstract: "Compose, ask, complete, check and lock recipes.",
    discussion: """
      Examples:
        galley recipe new classification -o my.yaml    an empty recipe to fill
        galley recipe options my.yaml data             what fits a slot, and why the rest doesn't
        galley recipe set my.yaml data=image-table     choose; comments and order stay
        galley recipe fill my.yaml                     fill what can be filled automatically
        galley recipe check my.yaml                    all that is wrong, with line and column
        galley recipe lock my.yaml                     write down everything that decides the result

      Places are named by path (trainer.epochs) or synonym (train.num_epochs).
      """,
    subcommands: [
      RecipeNewCommand.self, RecipeShowCommand.self, RecipeSetCommand.self, RecipeOptionsCommand.self,
      RecipeFillCommand.self, RecipeCheckCommand.self, RecipeDiffCommand.self, RecipeLockCommand.self,
      RecipeSchemaCommand.self, RecipeImportCommand.self, RecipeExportCommand.self,
    ])
}

/// The recipe that a command is about.
struct RecipeArgument: ParsableArguments {
  @Argument(help: "The recipe's file.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var recipe: String

  func draft() throws -> RecipeDraft {
    try RecipeDraft(contentsOf: recipe, catalogue: Catalogue.standard.cardCatalogue())
  }
}

/// Where a changed recipe goes.
struct RecipeOutput: ParsableArguments {
  @Option(name: .shortAndLong, help: "Write to this file instead of changing the recipe's.", completion: .file())
  var output: String?

  @Flag(name: .long, help: "Print the changed recipe and write nothing.")
  var dryRun = false

  func write(_ draft: RecipeDraft, over path: String, _ console: Console) throws {
    let text = try draft.text()
    if dryRun {
      console.result(String(text.dropLast(text.hasSuffix("\n") ? 1 : 0)))
    } else {
      try RecipeOutput.write(text, to: output ?? path)
    }
  }

  static func write(_ text: String, to path: String) throws(GalleyError) {
    do throws(FileError) {
      try AtomicFile.write(Data(text.utf8), to: path)
    } catch {
      throw GalleyError(writing: error, "can't write the recipe")
    }
  }
}

extension Catalogue {
  /// The cards of all ingredients and tasks.
  func cardCatalogue() throws -> CardCatalogue { try CardCatalogue(cards + Card.tasks) }
}

/// `path=value` on the command line, the value in YAML.
struct Assignment: ExpressibleByArgument {
  let path: String
  let value: ConfigurationValue

  init?(argument: String) {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else { return nil }
    path = String(argument[..<equals])
    value = ConfigurationValue(yaml: String(argument[argument.index(after: equals)...]))
  }
}
