// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Offline
internal import Pantry
internal import Recipes
internal import Scenarios

/// Makes recipes work without a network, and proves it.
struct OfflinePrepareCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare",
    abstract: "Bring everything that recipes need into the pantry, and prove with the network cut that they work.",
    discussion: """
      Examples:
        galley offline prepare recipe.yaml
        galley offline prepare recipe.yaml --task train --task predict
        galley offline prepare recipe.yaml --each model.architecture=resnet-18,resnet-34
        galley offline prepare recipe.yaml --data-at-site          the data set is where the recipe is run
        galley offline prepare --golden local --pareto fuzzy --top 5
        galley offline prepare --golden local --row 3f9a2c --data photos --allow-upgrade

      The recipe's file isn't changed. A claim is proven by running it from an empty home, cut off from the network and
      from all files but those that it needs: one batch is trained and validated, then what the task asks for is done as
      shortly as can be.

      Exit codes: 0 all claims hold · 1 a claim did not pass its proof · 66 something is missing and can't be fetched · \
      69 this machine lacks a library, or can't cut a run off · 78 the recipe is incomplete, a licence is refused, or a \
      worker can't be carried.
      """)

  @OptionGroup var subject: OfflineSubject

  @Option(
    name: .customLong("task"),
    help: "train, validate, test, predict, export, optimize or bench; repeatable (default: bench, which does all).")
  var tasks: [String] = []

  @Flag(help: "Leave the data set out: it is where the recipe is run. The proof takes made-up data like it.")
  var dataAtSite = false

  @Flag(help: "Don't run anything: the claims are closed, not proven.")
  var noProof = false

  @Option(help: "The longest that one proof may take, in seconds.")
  var timeLimit = 1800

  @OptionGroup var licences: LicenceOptions
  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  mutating func validate() throws {
    if timeLimit < 1 { throw ValidationError("--time-limit must be 1 or more.") }
  }

  func run() async throws {
    let console = Console(options)
    let display = PreparationDisplay(console)
    defer { display.end() }
    let request = PreparationRequest(
      tasks: try tasks.isEmpty ? [.bench] : tasks.map { try ClaimedTask(named: $0) }, isDataAtSite: dataAtSite,
      licences: try licences.rules(), proves: !noProof, timeLimit: .seconds(timeLimit))
    let pantry = try place.open(console)
    let digests = DigestCache(pantry)
    defer { digests.save() }
    var sources = ClosureSources(pantry, holdings: nil, digests: digests)
    sources.splits = Catalogue.standard.splits
    let draft = try subject.draft()
    let family = try subject.family(draft, place)
    // Alternatives to what is refused may be any worker's.
    sources = await sources.including(
      RegisteredWorkers.all, for: request.licences.isEmpty ? family : nil, in: pantry)
    for left in family.leftOut { console.note("left out \(left.name): \(left.reasons.joined(separator: "; "))") }
    let fetching = ArtifactFetching(pantry, console, recipe: subject.recipe)
    let preparation = Preparation(
      in: pantry, sources: await sources.measured(), catalogue: try Catalogue.standard.cardCatalogue(),
      request: request,
      fetch: { try await fetching.fetch($0) }, tell: display.show)
    let prepared = try await preparation.run(
      family, name: name(draft), path: subject.recipe ?? "golden rows",
      answering: draft.map { OfflineAnswering($0, sources) })
    display.end()
    try PreparedClaimsReport(prepared, in: pantry).print(console)
    console.note("Next: galley offline export -o site.galley --key site.key --all (galley offline key new site.key)")
  }

  /// The recipe's name: what its file says, else the file's.
  private func name(_ draft: RecipeDraft?) -> String {
    if let name = draft?.filledRecipe.name, !name.isEmpty { return name }
    return subject.recipe.map { URL(filePath: $0).deletingPathExtension().lastPathComponent } ?? "golden"
  }
}

/// What became of claims that were prepared or proven.
struct PreparedClaimsReport {
  private let claims: [ShownClaim]
  private let records: [ProofRecord?]

  init(_ prepared: [PreparedClaim], in pantry: Pantry) {
    claims = prepared.map { ShownClaim($0.claim, in: pantry) }
    records = prepared.map(\.record)
  }

  /// What was shown already.
  init(_ shown: [ShownClaim], records: [ProofRecord?]) {
    claims = shown
    self.records = records
  }

  private struct Document: Encodable {
    var claims: [ShownClaim]
    var proofs: [ProofRecord?]
  }

  /// Prints what became of them.
  /// - Throws: `SilentExit` if one did not pass.
  func print(_ console: Console) throws {
    try console.result(json: Document(claims: claims, proofs: records))
    console.result(ShownClaim.table(claims))
    for record in records.compactMap(\.self) where !record.isPassed || console.isVerbose {
      console.result("\n\(record.text)")
    }
    if records.contains(where: { $0?.isPassed == false }) { throw SilentExit(code: .verdictNo) }
  }
}

/// Tells a person, or a program, what happens while recipes are prepared.
struct PreparationDisplay: Sendable {
  private let console: Console
  private let progress: ProgressDisplay

  init(_ console: Console) {
    self.console = console
    progress = ProgressDisplay(console)
  }

  @Sendable func show(_ event: PreparationEvent) {
    switch event {
    case .closed(let closure):
      note(
        "Needs \(ByteTotalText.words(closure.total)) in \(closure.items.count) things; to fetch: "
          + "\(ByteTotalText.words(closure.toFetch)).")
    case .fetching(let artifact):
      let place = artifact.origins.first.map { " from \($0)" } ?? ""
      note("Fetching \(artifact.name)\(place)")
    case .begins(let part): note(part)
    case .warning(let text): note("warning: \(text)")
    case .proven(let claim, let record):
      note(String(format: "\(claim.id): \(record.isPassed ? "proven" : "not proven") in %.1f s", record.seconds))
    }
  }

  func end() { progress.end() }

  private struct Line: Encodable {
    var event = "preparation"
    var text: String
  }

  private func note(_ text: String) {
    console.note(text)
    console.event(Line(text: text))
  }
}
