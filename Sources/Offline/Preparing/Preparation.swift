// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Bundles
public import Files
internal import FoundationEssentials
public import Galley
public import Pantry
public import Recipes

/// Makes recipes work without a network: computes what they need, brings it into the pantry, proves each claim, and keeps
/// what was found.
///
/// The recipes' files are not changed. A preparation that was interrupted is begun again; what is in the pantry already
/// is not fetched again.
public struct Preparation: Sendable {
  /// Brings an artifact into the pantry.
  public typealias Fetch = @Sendable (ArtifactRequirement) async throws -> Digest

  static let what = "can't prepare the recipe"

  let pantry: Pantry
  let sources: ClosureSources
  let catalogue: CardCatalogue
  let request: PreparationRequest
  let fetch: Fetch
  let tell: @Sendable (PreparationEvent) -> Void

  /// Prepares a preparation.
  /// - Parameters:
  ///   - pantry: Where everything comes.
  ///   - sources: What this machine has.
  ///   - fetch: Brings an artifact into the pantry and gives its digest.
  ///   - tell: Receives what happens, from any thread.
  public init(
    in pantry: Pantry, sources: ClosureSources, catalogue: CardCatalogue, request: PreparationRequest,
    fetch: @escaping Fetch, tell: @escaping @Sendable (PreparationEvent) -> Void = { _ in }
  ) {
    self.pantry = pantry
    self.sources = sources
    self.catalogue = catalogue
    self.request = request
    self.fetch = fetch
    self.tell = tell
  }

  /// Prepares a family's recipes.
  /// - Parameters:
  ///   - name: The name of the whole, if it is one recipe with its variants.
  ///   - path: The recipe's file, for messages.
  ///   - answering: The recipe, if the family is of one: a refused licence is told with the choices that do without.
  /// - Returns: The claims: for each recipe those of all tasks. One that did not pass its proof is among them.
  /// - Throws: `GalleyError` if something is missing and can't be fetched, or its licence is refused.
  public func run(
    _ family: RecipeFamily, name: String, path: String, answering: OfflineAnswering? = nil
  ) async throws -> [PreparedClaim] {
    // A rehearsal may begin with weights that the recipe doesn't name; they are carried too.
    let closure = Closure(family.rehearsed(from: catalogue), sources, dataAtSite: request.isDataAtSite)
      .limited(to: request.tasks)
    tell(.closed(closure))
    try checkLicences(closure, answering)
    try checkLibraries(closure)
    try checkWorkers(closure)
    let fetched = try await fetchArtifacts(closure)
    let workers = try await keepWorkers(closure)
    let trees = try await stageTrees()
    var prepared: [PreparedClaim] = []
    for subject in ClaimSubject.subjects(of: family, name: name, path: path) {
      let needs = SubjectNeeds(
        closure: closure, members: subject.members, fetched: fetched, workers: workers, trees: trees)
      prepared += try await prepare(subject, needs)
    }
    return prepared
  }

  private func checkLicences(_ closure: Closure, _ answering: OfflineAnswering?) throws(GalleyError) {
    let refusals = closure.refusals(by: request.licences, answering: answering)
    guard !refusals.isEmpty else { return }
    throw GalleyError(
      .configuration, Self.what, at: "licences", why: refusals.map(\.sentence).joined(separator: "\n  "),
      remedy: "Choose what does without, or change --refuse-licence and --allow-licence.")
  }

  private func checkLibraries(_ closure: Closure) throws(GalleyError) {
    let absent = closure.missing.filter { $0.kind == .library || $0.kind == .program }
    guard let first = absent.first else { return }
    let names = absent.map(\.name).joined(separator: ", ")
    throw GalleyError(
      .unavailable, Self.what, at: first.name, why: "this machine doesn't have \(names)",
      remedy: "Install the pinned libraries with make setup (python3 Native/bootstrap.py); galley doctor shows all.")
  }

  /// Refuses recipes with ingredients of programs that can't be carried: a claim that leaves them out would be false.
  private func checkWorkers(_ closure: Closure) throws(GalleyError) {
    for item in closure.items where item.kind == .worker {
      guard let user = item.users.first else { continue }
      let plan = sources.workers.first { $0.itemName == item.name }
      guard case .failure(var error)? = plan?.load ?? .failure(Self.unknownWorker(item)) else { continue }
      error.what = Self.what
      error.why = "\(user.path) is \(user.ingredient), offered by \(item.name), and \(error.why)"
      throw error
    }
  }

  private static func unknownWorker(_ item: ClosureItem) -> GalleyError {
    GalleyError(
      .configuration, what, at: item.name, why: "it is not registered",
      remedy: "Register it: galley worker add FILE; galley worker list shows what is.")
  }

  /// Brings the workers of a closure into the pantry; their wheels are there.
  private func keepWorkers(_ closure: Closure) async throws -> [String: KeptWorker] {
    let names = Set(closure.items.filter { $0.kind == .worker }.map(\.name))
    guard !names.isEmpty else { return [:] }
    tell(.begins("Preparing workers and their interpreters"))
    return try await WorkerCarrying(pantry, request.licences).keep(names, of: sources)
  }

  /// Brings what is missing into the pantry.
  /// - Returns: The digests of all artifacts of the closure, by position.
  private func fetchArtifacts(_ closure: Closure) async throws -> [Int: Digest] {
    var digests: [Int: Digest] = [:]
    for (position, item) in closure.items.enumerated() where item.kind == .artifact {
      try Task.checkCancellation()
      if item.isHere, let digest = item.digest {
        digests[position] = digest
      } else {
        tell(.fetching(item.requirement))
        digests[position] = try await fetch(item.requirement)
      }
    }
    for (position, item) in closure.items.enumerated() where item.kind == .volume {
      guard let path = item.path else { continue }
      digests[position] = try pantry.store(
        fileAt: path, note: ArtifactNote(name: item.name, role: .volume, licence: item.licence))
    }
    return digests
  }

  private func stageTrees() async throws -> [PantryTree] {
    tell(.begins("Preparing programs and native libraries"))
    let staging = try await MachineStaging.gather(for: pantry)
    _ = try await OfflineSetup(staging, into: pantry).run()
    return pantry.trees()
  }

  private func prepare(_ subject: ClaimSubject, _ needs: SubjectNeeds) async throws -> [PreparedClaim] {
    tell(.begins("Preparing the recipe \(subject.file.name)"))
    let document = try SubjectDocument(
      of: subject, standingIn: request.isDataAtSite ? sources.splits : nil, catalogue: catalogue, in: pantry)
    var prepared: [PreparedClaim] = []
    var proofs: [StageGoal: PreparedClaim] = [:]
    for task in request.tasks {
      var claim = try needs.claim(task, document)
      claim.siteData = document.siteData
      guard request.proves else {
        prepared.append(PreparedClaim(claim: try ClaimStore(pantry).keepUnproven(claim)))
        continue
      }
      // What runs as far and needs the same is one run.
      let earlier = proofs[task.goal]
      let record = if let known = earlier?.record { known } else { try await prove(claim, document) }
      let result = try keep(claim, record)
      proofs[task.goal] = result
      prepared.append(result)
    }
    return prepared
  }

  private func prove(_ claim: KeptClaim, _ document: SubjectDocument) async throws -> ProofRecord {
    try Task.checkCancellation()
    tell(.begins("Proving \(claim.id)"))
    var rehearsed = claim
    rehearsed.document = document.rehearsed
    rehearsed.artifacts = Set(claim.artifacts + document.standIn.artifacts).sorted()
    rehearsed.folders = Set(claim.folders + document.standIn.folders).sorted()
    return try await ProofHome(pantry).prove(rehearsed, timeLimit: request.timeLimit)
  }

  private func keep(_ claim: KeptClaim, _ record: ProofRecord) throws -> PreparedClaim {
    let claim = try ClaimStore(pantry).keep(claim, with: record)
    tell(.proven(claim, record))
    return PreparedClaim(claim: claim, record: record)
  }
}

extension ClaimStore {
  /// Keeps a claim with what its proof recorded, which becomes an artifact of the pantry.
  /// - Returns: The claim as it is kept.
  /// - Throws: `GalleyError` if it can't be written.
  @discardableResult
  public func keep(_ claim: KeptClaim, with record: ProofRecord) throws -> KeptClaim {
    var claim = claim
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let digest = try pantry.store(
      encoder.encode(record), note: ArtifactNote(name: "\(claim.id).proof.json", role: .report))
    claim.failures = record.failures
    claim.proof = record.isPassed ? digest : nil
    try keep(claim)
    return claim
  }
}
