// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Bundles
public import Files
internal import FoundationEssentials
public import Galley
public import Pantry

/// Takes a bundle into a pantry: all of it or nothing.
///
/// It is verified first; its objects are then written beside what the pantry holds, each proved as it is copied, and get
/// their names in one step. An import that was killed, or whose medium was pulled out, is gone on with by the next one of
/// the same bundle.
public struct BundleImport: Sendable {
  static let what = "can't import the bundle"

  /// What an import did.
  public struct Outcome: Sendable, Hashable {
    /// What was found out of the bundle.
    public var verification: Verification
    /// Artifacts and folders that were not in the pantry before.
    public var addedContents: [Digest] = []
    /// Names of trees that were not in the pantry before, or were others.
    public var addedTrees: [String] = []
    /// Bytes that were written.
    public var byteCount = 0
    /// Bytes that an interrupted import had written already.
    public var resumedByteCount = 0
    /// Names of workers that were registered.
    public var workers: [String] = []
    /// Claims of a task that this Galley doesn't know; they were left out.
    public var unknownClaims: [String] = []
  }

  private let pantry: Pantry
  private let verifier: BundleVerifier

  /// Prepares an import.
  /// - Parameters:
  ///   - trust: the keys that count.
  ///   - bases: bundles that the imported one may build upon, beside those that were imported.
  ///   - now: the present.
  /// - Throws: `GalleyError` if what the pantry knows of earlier bundles is damaged.
  public init(
    into pantry: Pantry, trust: TrustRoot, bases: [Envelope] = [], now: BundleTime = .now
  ) throws(GalleyError) {
    self.pantry = pantry
    let shelf = BundleShelf(pantry, .imported)
    verifier = BundleVerifier(
      trust: trust, seen: try SeenBundles(contentsOf: "\(pantry.root)/\(SeenBundles.fileName)"), now: now,
      platform: Platform.current
    ) { base throws(GalleyError) in
      if let given = bases.first(where: { $0.digest == base.digest }) { return given }
      return try shelf.envelope(base)
    }
  }

  /// Verifies a bundle as an import does, and takes nothing in.
  /// - Throws: `GalleyError` with the reason why it would be refused.
  public func verify(
    _ path: String, progress: @escaping @Sendable (BundleProgress) -> Void = { _ in }
  ) throws(GalleyError) -> Verification { try verifier.verify(path, progress: progress) }

  /// Verifies a bundle and takes it in.
  /// - Parameters:
  ///   - path: the archive.
  ///   - progress: receives how far it has come, of verifying first and of copying then, on any thread.
  /// - Throws: `GalleyError`; the pantry is then as it was.
  public func run(
    _ path: String, progress: @escaping @Sendable (BundleProgress) -> Void = { _ in }
  ) throws -> Outcome {
    let reader = try BundleReader(path)
    let verification = try verifier.verify(reader, progress: progress)
    if let absent = verification.missing.first {
      throw GalleyError(
        .badData, Self.what, at: path,
        why: "\(verification.missing.count) objects that it names are not in it, \(absent) for example",
        remedy: "Whoever made the bundle must export it again.")
    }
    let delivery = try PantryDelivery(into: pantry, id: verification.digest.hex)
    do {
      var outcome = Outcome(verification: verification)
      try prepare(delivery, reader, &outcome, progress)
      try commit(delivery, reader, &outcome)
      return outcome
    } catch var error as GalleyError where error.exitCode == .missingInput {
      // A medium that comes back is read on from where it was.
      error.remedy =
        "Bring the medium back and run the same command again: what was copied is kept, and nothing in the "
        + "pantry was changed."
      throw error
    } catch {
      delivery.discard()
      throw error
    }
  }

  // MARK: Preparing

  private func prepare(
    _ delivery: PantryDelivery, _ reader: BundleReader, _ outcome: inout Outcome,
    _ progress: @escaping @Sendable (BundleProgress) -> Void
  ) throws {
    let manifest = outcome.verification.manifest
    var staging = ImportStaging(reader, PresupposedObjects(pantry, bases: try bases(of: manifest)))
    let artifacts = artifacts(of: manifest)
    for artifact in artifacts {
      guard let place = delivery.place(forArtifact: artifact.digest) else { continue }
      staging.add(artifact.digest, at: place)
      outcome.addedContents.append(artifact.digest)
    }
    let digests = DigestCache(pantry)
    defer { digests.save() }
    for tree in manifest.trees {
      if let place = try place(for: tree, delivery, digests) {
        staging.add(tree, at: place)
        if let digest = tree.digest {
          outcome.addedContents.append(digest)
        } else {
          outcome.addedTrees.append(tree.name)
        }
      }
    }
    try checkRoom(for: staging.byteCount, delivery)
    outcome.byteCount = staging.byteCount
    outcome.resumedByteCount = try staging.run(progress: progress)
    try add(artifacts, manifest, outcome.addedTrees, to: delivery)
  }

  /// Where a tree or a folder is to be written; `nil` if the pantry has it already.
  private func place(
    for tree: BundleTree, _ delivery: PantryDelivery, _ digests: DigestCache
  ) throws(GalleyError) -> String? {
    if let named = tree.pantryTree {
      if let fault = named.fault { throw refusal("the tree '\(tree.name)' is no tree of a pantry: \(fault)") }
      let isThere = pantry.tree(named.name) == named && pantry.faults(of: named, using: digests).isEmpty
      return isThere ? nil : delivery.place(forTree: named)
    }
    guard let digest = tree.digest, tree.content?.digest == digest else {
      throw refusal("the folder '\(tree.name)' has not the digest that it is said to have")
    }
    return delivery.place(forFolder: digest)
  }

  private func add(
    _ artifacts: [BundleArtifact], _ manifest: Manifest, _ addedTrees: [String], to delivery: PantryDelivery
  ) throws {
    let added = Set(addedTrees)
    let pinned = Set(manifest.claims.compactMap { KeptClaim($0, of: manifest) }.flatMap(\.contents))
    for artifact in artifacts {
      let note = ArtifactNote(
        name: artifact.name, role: artifact.role.flatMap { .init(rawValue: $0) }, origin: artifact.origin,
        licence: artifact.licence)
      try delivery.add(artifact: artifact.digest, note: note, isPinned: pinned.contains(artifact.digest))
    }
    for tree in manifest.trees {
      if let content = tree.content, let digest = tree.digest {
        try delivery.add(folder: content, note: ArtifactNote(role: .data), isPinned: pinned.contains(digest))
      } else if let named = tree.pantryTree, added.contains(tree.name) {
        try delivery.add(tree: named)
      }
    }
  }

  /// What belongs into the pantry as artifacts: those that the bundle calls so, and all else that claims name.
  private func artifacts(of manifest: Manifest) -> [BundleArtifact] {
    var artifacts = Dictionary(manifest.artifacts.map { ($0.digest, $0) }) { first, _ in first }
    for claim in manifest.claims {
      for digest in claim.needs + [claim.recipe.document] + (claim.proof.map { [$0] } ?? [])
      where artifacts[digest] == nil {
        artifacts[digest] = BundleArtifact(digest: digest)
      }
    }
    return artifacts.values.sorted { $0.digest < $1.digest }
  }

  private func bases(of manifest: Manifest) throws(GalleyError) -> [Manifest] {
    var found: [Manifest] = []
    var next = manifest.base
    while let base = next, found.count < verifier.limits.bases, let envelope = try verifier.base(base) {
      let earlier = try Manifest(envelope.payload, at: base.name)
      found.append(earlier)
      next = earlier.base
    }
    return found
  }

  /// Sees a full disk before it is full.
  private func checkRoom(for byteCount: Int, _ delivery: PantryDelivery) throws(GalleyError) {
    let wanted = max(0, byteCount - delivery.preparedByteCount)
    guard let free = DiskSpace.free(at: pantry.root), free < UInt64(wanted) else { return }
    throw GalleyError(
      .cantCreate, Self.what, at: pantry.root, why: "it takes \(wanted) bytes, and \(free) are free",
      remedy: "Free space there, or choose a pantry on another disk with --pantry. Nothing was changed.")
  }

  // MARK: Ending

  private func commit(_ delivery: PantryDelivery, _ reader: BundleReader, _ outcome: inout Outcome) throws {
    let (manifest, digest) = (outcome.verification.manifest, outcome.verification.digest)
    var unknown: [String] = []
    try delivery.commit { delivery in
      // Once more, now that no other import can come between: a later bundle may have come meanwhile.
      var seen = try SeenBundles(contentsOf: "\(pantry.root)/\(SeenBundles.fileName)")
      try seen.check(manifest, digest: digest, now: verifier.now, at: reader.path)
      seen.record(manifest, digest: digest, now: verifier.now)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try delivery.add(document: try encoder.encode(seen) + Data("\n".utf8), at: SeenBundles.fileName)
      for document in BundleShelf(pantry, .imported).documents(of: reader.envelope, named: manifest.name) {
        try delivery.add(document: document.data, at: document.path)
      }
      outcome.workers = try WorkerImport(manifest, into: pantry).add(to: delivery)
      for claim in manifest.claims {
        if let kept = KeptClaim(claim, of: manifest) {
          try delivery.add(claim: kept, id: kept.id)
        } else {
          unknown.append(claim.id)
        }
      }
    }
    outcome.unknownClaims = unknown
  }

  private func refusal(_ why: String) -> GalleyError {
    GalleyError(.badData, Self.what, why: why, remedy: "Whoever made the bundle must export it again.")
  }
}

extension BundleTree {
  /// A folder's content; `nil` for another tree.
  var content: FolderContent? {
    guard kind == .folder else { return nil }
    return FolderContent(
      entries: entries.compactMap { entry in
        entry.object.map { FolderContent.Entry(path: entry.path, digest: $0, byteCount: 0) }
      })
  }
}
