// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Bundles
internal import Recipes
internal import Galley
internal import Offline
internal import Pantry
internal import Reports

/// What is known to work without a network.
struct OfflineClaimsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "claims",
    abstract: "What the pantry claims to work without a network: list, show, remove.",
    discussion: """
      Examples:
        galley offline claims
        galley offline claims show digits-bench     with the record of its proof
        galley offline claims rm digits-bench

      A claim is named by its id, or by the beginning or end of it.
      """,
    subcommands: [ClaimsListCommand.self, ClaimsShowCommand.self, ClaimsRemoveCommand.self],
    defaultSubcommand: ClaimsListCommand.self)
}

/// A claim as commands show it.
struct ShownClaim: Encodable {
  var id: String
  var state: String
  var words: [String]
  var claim: KeptClaim
  var proof: ProofRecord?

  init(_ claim: KeptClaim, in pantry: Pantry, withProof: Bool = false) {
    let standing = claim.standing(in: pantry)
    (id, state, words) = (claim.id, standing.state.rawValue, standing.words)
    self.claim = claim
    guard withProof, let digest = claim.proof, let data = try? pantry.data(of: digest) else { return }
    proof = try? JSONDecoder().decode(ProofRecord.self, from: data)
  }

  /// The data that must be at the site, as a clause.
  var siteData: String {
    guard let data = claim.siteData else { return "" }
    let labels = data.labels.isEmpty ? "" : ", labels \(data.labels.joined(separator: ", "))"
    return "with stand-in data; needs at run time: \(data.format)\(labels), at least \(data.minimumCount) items"
  }

  static func table(_ claims: [ShownClaim]) -> String {
    TextTable(
      columns: [.init("claim"), .init("recipe"), .init("task"), .init("platform"), .init("state")],
      rows: claims.map { [$0.id, $0.claim.recipe, $0.claim.task.rawValue, $0.claim.platform, $0.verdict] }
    ).render()
  }

  /// The state, with what speaks against it or what it needs.
  var verdict: String {
    let more = [siteData] + words
    return ([state] + more.filter { !$0.isEmpty }).joined(separator: ": ")
  }
}

/// Lists claims.
struct ClaimsListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the claims.")

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let pantry = try place.open(console)
    let claims = try ClaimStore(pantry).all().map { ShownClaim($0, in: pantry) }
    try console.result(json: claims)
    guard !claims.isEmpty else { return console.result("No claims yet: galley offline prepare RECIPE makes one.") }
    console.result(ShownClaim.table(claims))
  }
}

/// Shows one claim.
struct ClaimsShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show a claim: what it needs, and what its proof recorded.")

  @Argument(help: "The claim's id, or the beginning or end of it.")
  var claim: String

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let pantry = try place.open(console)
    let shown = ShownClaim(try ClaimStore(pantry).find(claim), in: pantry, withProof: true)
    try console.result(json: shown)
    let claim = shown.claim
    console.result("\(shown.id): \(shown.verdict)")
    console.result("  recipe \(claim.recipe) (\(claim.recipeDigest)), task \(claim.task), \(claim.platform)")
    console.result("  prepared \(claim.prepared) by Galley \(claim.galley)")
    console.result("  run it: galley run \(shown.id) --offline")
    console.result("  trees: \(claim.trees.map(\.name).joined(separator: ", "))")
    console.result("  artifacts: \(claim.artifacts.count), folders: \(claim.folders.count)")
    if let proof = shown.proof { console.result(proof.text) }
  }
}

/// Removes a claim.
struct ClaimsRemoveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove a claim; what it needs stays until room is needed.")

  @Argument(help: "The claim's id, or the beginning or end of it.")
  var claim: String

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let store = ClaimStore(try place.open(console))
    let found = try store.find(claim)
    try store.remove(found)
    try console.result(json: ["removed": found.id])
    console.result("Removed \(found.id).")
  }
}
