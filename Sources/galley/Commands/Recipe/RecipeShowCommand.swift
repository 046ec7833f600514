// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Recipes
internal import Reports
internal import SPPR

/// Shows a recipe with all its values and who decided them.
struct RecipeShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a recipe: every place, its value, and who decided it.",
    discussion: """
      Examples:
        galley recipe show recipe.yaml
        galley recipe show detection.sppr       LEIP's portable recipe, its ids verified
        galley recipe show recipe.yaml --json
      """)

  @OptionGroup var argument: RecipeArgument
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    if argument.recipe.hasSuffix(".sppr") { return try PortableRecipeText(path: argument.recipe).show(console) }
    let draft = try argument.draft()
    try console.result(json: ShownRecipe(draft))
    console.result(RecipeTree(draft).text)
    for notice in draft.notices { console.note("note: \(notice)") }
    let missing = draft.missing.map(\.path)
    if !missing.isEmpty { console.note("Still to choose: \(missing.joined(separator: ", ")).") }
  }
}

/// A recipe as a tree of lines.
struct RecipeTree {
  private let draft: RecipeDraft

  init(_ draft: RecipeDraft) { self.draft = draft }

  var text: String {
    TextTable(
      columns: [.init("place"), .init("value"), .init("decided by"), .init("also called")],
      rows: draft.entries.filter(\.isApplicable).map(row)
    ).render()
  }

  private func row(_ entry: RecipeEntry) -> [String] {
    let indent = String(repeating: "  ", count: entry.depth)
    let name = entry.depth == 0 ? entry.path : entry.declaration.name
    return [indent + name, value(entry), entry.origin.description, entry.declaration.synonyms.joined(separator: ", ")]
  }

  private func value(_ entry: RecipeEntry) -> String {
    switch entry.content {
    case .slot(let card): card.map { "\($0.name) \($0.version)" } ?? "???"
    case .group: ""
    case .option(let value): value?.description ?? "???"
    }
  }
}

/// A recipe as programs read it.
private struct ShownRecipe: Encodable {
  var task: String?
  var places: [ShownPlace]
  var missing: [String]
  var notices: [String]

  init(_ draft: RecipeDraft) {
    task = draft.task?.name
    places = draft.entries.filter(\.isApplicable).map(ShownPlace.init)
    missing = draft.missing.map(\.path)
    notices = draft.notices.map(\.description)
  }
}

private struct ShownPlace: Encodable {
  var path: String
  var synonyms: [String]
  var value: ConfigurationValue?
  var taxonomy: String?
  var version: SemanticVersion?
  var decidedBy: Origin
  var accepts: String
  var help: String

  init(_ entry: RecipeEntry) {
    path = entry.path
    synonyms = entry.declaration.synonyms
    value = entry.value
    taxonomy = entry.card?.taxonomy
    version = entry.card?.version
    decidedBy = entry.origin
    accepts = entry.declaration.kind.summary
    help = entry.declaration.help
  }
}
