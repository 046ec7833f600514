// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Galley
internal import Offline
internal import Pantry
internal import Recipes
internal import Reports

/// Shows what fits a place of a recipe.
struct RecipeOptionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "options",
    abstract:
      "Show what fits a place: version, bytes to fetch, whether it works offline, and why the rest doesn't fit.",
    discussion: """
      Examples:
        galley recipe options recipe.yaml model.architecture
        galley recipe options recipe.yaml              the slots, and how many ingredients fit each
        galley recipe options recipe.yaml runtime --json
      """)

  @OptionGroup var argument: RecipeArgument

  @Argument(help: "Path or synonym of the place; without it all slots are listed.")
  var path: String?

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let draft = try argument.draft()
    guard let path else { return try list(draft, console) }
    let pantry = try place.open()
    let digests = DigestCache(pantry)
    defer { digests.save() }
    let found = try OfflineAnswering(draft, ClosureSources(pantry, digests: digests)).options(path)
    try console.result(json: found.offers)
    console.result(describe(found))
  }

  private func list(_ draft: RecipeDraft, _ console: Console) throws {
    let slots = draft.entries.filter { $0.declaration.kind.isSlot && $0.isApplicable }
    let all = try slots.map { try draft.options($0.path) }
    try console.result(json: all)
    console.result(
      TextTable(
        columns: [.init("slot"), .init("now"), .init("fit", .trailing), .init("what for")],
        rows: all.map { [$0.path, $0.current?.description ?? "???", String($0.offered.count), $0.help] }
      ).render())
  }

  private func describe(_ options: OfflineOptions) -> String {
    let offers = options.offers
    var parts = ["\(offers.path): \(offers.help)"]
    if !offers.synonyms.isEmpty { parts.append("Also called \(offers.synonyms.joined(separator: ", ")).") }
    parts.append("Takes \(offers.accepts). Now: \(offers.current?.description ?? "nothing") (\(offers.origin)).")
    if !offers.offered.isEmpty {
      parts.append("")
      parts.append(
        TextTable(
          columns: [.init("#", .trailing), .init("choice"), .init("version"), .init("offline"), .init("what it is")],
          rows: offers.offered.enumerated().map { row($0, $1, OfflineOptionsText.cost(options.choices[$0])) }
        ).render())
      parts += OfflineOptionsText(options).rest.map { "\n" + $0 }
    }
    if !offers.refused.isEmpty {
      parts.append("\nNot offered:")
      parts += offers.refused.map { "  \($0.name): \($0.reason)" }
    }
    if let gap = offers.gap { parts.append("\n" + gap) }
    return parts.joined(separator: "\n")
  }

  private func row(_ index: Int, _ offer: Offer, _ cost: String) -> [String] {
    var marks: [String] = []
    if offer.isCurrent { marks.append("chosen") }
    if offer.isDefault { marks.append("default") }
    if let deprecation = offer.deprecation {
      marks.append("deprecated: \(deprecation.reason)\(deprecation.replacement.map { " Take \($0)." } ?? "")")
    }
    for (path, value) in offer.alsoChanges.sorted(by: { $0.key < $1.key }) { marks.append("also \(path) = \(value)") }
    let about = ([offer.help] + marks.map { "[\($0)]" }).filter { !$0.isEmpty }.joined(separator: " ")
    return [String(index), offer.value.description, offer.version?.description ?? "", cost, about]
  }
}
