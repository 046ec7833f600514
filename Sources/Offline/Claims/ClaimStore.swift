// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Bundles
public import Files
internal import FoundationEssentials
internal import Galley
public import Pantry

/// The claims that a pantry keeps.
public struct ClaimStore: Sendable {
  /// The pantry.
  public let pantry: Pantry

  /// Opens the claims of a pantry.
  public init(_ pantry: Pantry) { self.pantry = pantry }

  /// Keeps a claim in place of an earlier one of its id. What it needs is pinned, so that making room doesn't undo it.
  /// - Throws: `GalleyError` if it can't be written.
  public func keep(_ claim: KeptClaim) throws {
    for digest in claim.contents { try pantry.pin(digest) }
    try pantry.keep(claim: claim, id: claim.id)
  }

  /// Keeps a claim that was not run now. If the same claim on the same content was proven before, it stays proven.
  /// - Returns: The claim as it is kept.
  /// - Throws: `GalleyError` if it can't be written.
  func keepUnproven(_ claim: KeptClaim) throws -> KeptClaim {
    var claim = claim
    if let earlier = try? self.claim(claim.id), earlier.proof != nil, earlier.needsTheSame(as: claim) {
      (claim.proof, claim.prepared, claim.galley) = (earlier.proof, earlier.prepared, earlier.galley)
    }
    try keep(claim)
    return claim
  }

  /// All claims, by id.
  /// - Throws: `GalleyError` with the first document that was changed or that a newer Galley wrote.
  public func all() throws -> [KeptClaim] { try pantry.claims().map(claim) }

  /// The claim whose id this is, or begins with this or ends with this.
  /// - Throws: `GalleyError` if there is none or more than one.
  public func find(_ text: String) throws -> KeptClaim {
    let ids = pantry.claims()
    if ids.contains(text) { return try claim(text) }
    let found = text.isEmpty ? [] : ids.filter { $0.hasPrefix(text) || $0.hasSuffix(text) }
    if found.count == 1, let id = found.first { return try claim(id) }
    let nearest = found.isEmpty ? NearestName.match(text, in: ids) : nil
    throw GalleyError(
      .missingInput, "can't find the claim '\(text)'", at: "\(pantry.root)/claims",
      why: found.isEmpty
        ? "there is no such claim" : "\(found.count) claims are meant: \(found.joined(separator: ", "))",
      remedy: (nearest.map { "Did you mean '\($0)'? " } ?? "") + "galley offline claims shows them all.")
  }

  /// Removes a claim; what it needs stays in the pantry, and is no longer pinned unless another claim needs it.
  /// - Throws: `GalleyError` if it can't be removed.
  public func remove(_ claim: KeptClaim) throws {
    try pantry.removeClaim(claim.id)
    let kept = Set(try all().flatMap(\.contents))
    for digest in claim.contents where !kept.contains(digest) { try? pantry.unpin(digest) }
  }

  private func claim(_ id: String) throws -> KeptClaim {
    let bytes = try pantry.claim(id)
    do {
      let claim = try JSONDecoder().decode(KeptClaim.self, from: bytes)
      if claim.format == KeptClaim.currentFormat { return claim }
    } catch {}
    throw GalleyError(
      .badData, "can't read the claim '\(id)'", at: "\(pantry.root)/claims/\(id).json",
      why: "it is not of the format \(KeptClaim.currentFormat)",
      remedy: "Prepare the recipe again, or use the Galley that prepared it.")
  }
}

extension KeptClaim {
  /// The artifacts and folders that it needs, its own documents too.
  var contents: [Digest] { artifacts + folders + [document] + (proof.map { [$0] } ?? []) }

  /// Whether another claim is made of the same content.
  func needsTheSame(as other: KeptClaim) -> Bool {
    document == other.document && artifacts == other.artifacts && folders == other.folders && trees == other.trees
  }

  /// How sure the claim is now, and what speaks against it, in words.
  public func standing(in pantry: Pantry) -> (state: ClaimState, words: [String]) {
    let lost = (artifacts + [document]).filter { !pantry.contains($0) }.map { "the artifact \($0)" }
    let lostFolders = folders.filter { !pantry.containsFolder($0) }.map { "the folder \($0)" }
    var lostTrees: [String] = []
    var changed: [String] = []
    for tree in trees {
      guard let present = pantry.tree(tree.name) else {
        lostTrees.append(tree.name == PantryTree.programs ? "Galley's programs" : "the library \(tree.name)")
        continue
      }
      if present.digest != tree.digest {
        changed.append("\(tree.name) is another one than when the claim was \(proof == nil ? "made" : "proven")")
      }
    }
    let missing = lost + lostFolders + lostTrees
    if !missing.isEmpty { return (.incomplete, missing) }
    if !changed.isEmpty { return (.stale, changed) }
    if let proof, pantry.contains(proof) { return (.proven, []) }
    return (.closed, failures)
  }
}

extension PantryTree {
  /// The digest of what the tree holds: of a list of its entries in the order of their paths.
  public var digest: Digest {
    Digest(
      of: entries.map { "\($0.digest?.hex ?? "-") \($0.isExecutable ? "x" : "-") \($0.path) \($0.link ?? "")\n" }
        .joined())
  }
}
