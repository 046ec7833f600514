// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Files
internal import Foundation
internal import Galley
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
    let (draft, pantry) = (try argument.draft(), try place.open())
    let holding = PantryHoldings(pantry)
    guard let path else { return try list(draft, console) }
    let offers = try draft.options(path, isHere: holding.contains)
    try console.result(json: offers)
    console.result(describe(offers))
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

  private func describe(_ offers: Offers) -> String {
    var parts = ["\(offers.path): \(offers.help)"]
    if !offers.synonyms.isEmpty { parts.append("Also called \(offers.synonyms.joined(separator: ", ")).") }
    parts.append("Takes \(offers.accepts). Now: \(offers.current?.description ?? "nothing") (\(offers.origin)).")
    if !offers.offered.isEmpty {
      parts.append("")
      parts.append(
        TextTable(
          columns: [.init("#", .trailing), .init("choice"), .init("version"), .init("offline"), .init("what it is")],
          rows: offers.offered.enumerated().map(row)
        ).render())
    }
    if !offers.refused.isEmpty {
      parts.append("\nNot offered:")
      parts += offers.refused.map { "  \($0.name): \($0.reason)" }
    }
    if let gap = offers.gap { parts.append("\n" + gap) }
    return parts.joined(separator: "\n")
  }

  private func row(_ index: Int, _ offer: Offer) -> [String] {
    var marks: [String] = []
    if offer.isCurrent { marks.append("chosen") }
    if offer.isDefault { marks.append("default") }
    if let deprecation = offer.deprecation {
      marks.append("deprecated: \(deprecation.reason)\(deprecation.replacement.map { " Take \($0)." } ?? "")")
    }
    for (path, value) in offer.alsoChanges.sorted(by: { $0.key < $1.key }) { marks.append("also \(path) = \(value)") }
    let about = ([offer.help] + marks.map { "[\($0)]" }).filter { !$0.isEmpty }.joined(separator: " ")
    return [String(index), offer.value.description, offer.version?.description ?? "", cost(offer), about]
  }

  private func cost(_ offer: Offer) -> String {
    guard !offer.worksOffline else { return "yes" }
    let licences = Set(offer.toFetch.compactMap(\.licence)).sorted().joined(separator: ", ")
    let size = offer.bytesToFetch.map { ByteCount($0).description } ?? "unknown size"
    return "needs \(size)" + (licences.isEmpty ? "" : " (\(licences))")
  }
}

/// Which artifacts a pantry holds.
struct PantryHoldings {
  private let pantry: Pantry
  private let digests: [String]

  init(_ pantry: Pantry) {
    self.pantry = pantry
    digests = ((try? pantry.artifacts(sortedBy: .digest)) ?? []).map(\.digest.hex)
  }

  func contains(_ artifact: ArtifactRequirement) -> Bool {
    if let digest = artifact.digest { return pantry.contains(digest) }
    guard let prefix = artifact.digestPrefix, !prefix.isEmpty else { return false }
    return digests.contains { $0.hasPrefix(prefix) }
  }
}
