// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
public import Galley

/// Decides whether a bundle may be believed. It reads and computes; nothing of the bundle is run, unpacked or written.
///
/// The order is fixed: the archive's structure and the envelope (``BundleReader``), signatures, the manifest, the
/// platform's and the times' rules, sizes and digests of all objects, then every claim's needs.
public struct BundleVerifier: Sendable {
  /// The keys that count.
  public var trust: TrustRoot
  /// What was accepted before.
  public var seen: SeenBundles
  /// The present.
  public var now: BundleTime
  /// The platform on which the bundle is to be used ("linux-x86_64"); `nil` if that doesn't matter.
  public var platform: String?
  /// How many threads compute digests.
  public var threadCount: Int
  /// The limits of manifests.
  public var limits: BundleLimits
  /// Gives the envelope of a bundle that another builds upon; `nil` if it isn't here.
  public var base: @Sendable (Manifest.Base) throws(GalleyError) -> Envelope?

  /// Creates a verifier.
  /// - Parameters:
  ///   - threadCount: by default one for each processor.
  ///   - base: by default no base is here.
  public init(
    trust: TrustRoot, seen: SeenBundles = SeenBundles(), now: BundleTime = .now, platform: String? = nil,
    threadCount: Int? = nil, limits: BundleLimits = BundleLimits(),
    base: @escaping @Sendable (Manifest.Base) throws(GalleyError) -> Envelope? = { _ in nil }
  ) {
    self.trust = trust
    self.seen = seen
    self.now = now
    self.platform = platform
    self.threadCount = max(1, threadCount ?? ProcessInfo.processInfo.activeProcessorCount)
    self.limits = limits
    self.base = base
  }

  /// Opens and verifies a bundle.
  /// - Parameter progress: receives how far it has come, on any thread.
  /// - Throws: `GalleyError` with the first reason why it is refused.
  public func verify(
    _ path: String, progress: @escaping @Sendable (BundleProgress) -> Void = { _ in }
  ) throws(GalleyError) -> Verification {
    try verify(try BundleReader(path, limits: limits), progress: progress)
  }

  /// Verifies a bundle that is open.
  /// - Parameter progress: receives how far it has come, on any thread.
  /// - Throws: `GalleyError` with the first reason why it is refused.
  public func verify(
    _ reader: BundleReader, progress: @escaping @Sendable (BundleProgress) -> Void = { _ in }
  ) throws(GalleyError) -> Verification {
    let (manifest, signers) = try trustedManifest(reader.envelope, at: reader.path)
    try seen.check(manifest, digest: reader.envelope.digest, now: now, at: reader.path)
    try checkTimes(manifest, at: reader.path)
    try checkPlatform(manifest, at: reader.path)
    try checkEntries(reader, manifest)
    let supplied = try baseObjects(manifest, at: reader.path)
    try ObjectHashing(reader, threadCount: threadCount, progress).run()
    return judge(manifest, reader.envelope.digest, signers, supplied)
  }

  /// The manifest in an envelope that trusted keys signed.
  func trustedManifest(
    _ envelope: Envelope, at place: String
  ) throws(GalleyError) -> (Manifest, [TrustRoot.Key]) {
    let signers = try trust.signers(of: envelope, "can't trust the bundle", at: place)
    return (try Manifest(envelope.payload, at: place, limits: limits), signers)
  }

  private func checkTimes(_ manifest: Manifest, at place: String) throws(GalleyError) {
    func refusal(_ why: String, _ remedy: String) -> GalleyError {
      GalleyError(.badData, "can't accept the bundle", at: place, why: why, remedy: remedy)
    }
    // The archive can't be older than its manifest: a clock that says so is wrong.
    guard manifest.created <= now.adding(seconds: SeenBundles.clockTolerance) else {
      throw refusal(
        "it was made at \(manifest.created), and the clock shows \(now)", "Set the clock, here or where it was made.")
    }
    if let from = manifest.validFrom, now < from {
      throw refusal("it is not valid before \(from), and the clock shows \(now)", "Wait, or check the clock.")
    }
    if let until = manifest.validUntil, now > until {
      throw refusal(
        "it expired: it is valid until \(until), and the clock shows \(now)",
        "Get a newer one; on the connected machine: 'galley offline export … --valid-until DATE'.")
    }
  }

  private func checkPlatform(_ manifest: Manifest, at place: String) throws(GalleyError) {
    guard let platform, !manifest.platforms.contains(platform) else { return }
    throw GalleyError(
      .badData, "can't use the bundle", at: place,
      why: "it is for \(manifest.platforms.joined(separator: ", ")), and this machine is \(platform)",
      remedy: "Export one on a connected machine of this platform.")
  }

  /// The archive must hold exactly the objects of the manifest, with their sizes.
  private func checkEntries(_ reader: BundleReader, _ manifest: Manifest) throws(GalleyError) {
    func refusal(_ why: String) -> GalleyError {
      GalleyError(
        .badData, "can't accept the bundle", at: reader.path, why: why,
        remedy: "Get the bundle again; it was damaged or changed.")
    }
    for (entry, object) in zip(reader.entries, manifest.objects) where entry.object != object {
      if entry.object.digest == object.digest {
        throw refusal(
          "the object \(object.digest) has \(entry.object.size) bytes, and the manifest says \(object.size)")
      }
      throw entry.object.digest < object.digest
        ? refusal("the object \(entry.object.digest) is in the archive and not in the manifest")
        : refusal("the object \(object.digest) is in the manifest and not in the archive")
    }
    if let object = manifest.objects.dropFirst(reader.entries.count).first {
      throw refusal("the object \(object.digest) is in the manifest and not in the archive")
    }
    if let entry = reader.entries.dropFirst(manifest.objects.count).first {
      throw refusal("the object \(entry.object.digest) is in the archive and not in the manifest")
    }
  }
}

// MARK: - Bases and claims

extension BundleVerifier {
  /// The objects that the bases supply, each base trusted as the bundle itself is.
  private func baseObjects(_ manifest: Manifest, at place: String) throws(GalleyError) -> Set<Digest> {
    var objects: Set<Digest> = []
    var next = manifest.base
    var count = 0
    while let base = next {
      func refusal(_ why: String) -> GalleyError {
        GalleyError(
          .badData, "can't accept the bundle", at: place, why: why,
          remedy: "Import '\(base.name)' with sequence \(base.sequence) first, or name its file with --base.")
      }
      count += 1
      guard count <= limits.bases else { throw refusal("more than \(limits.bases) bundles build upon each other") }
      guard let envelope = try self.base(base) else {
        throw refusal("it builds upon '\(base.name)' with sequence \(base.sequence), which is not here")
      }
      guard envelope.digest == base.digest else {
        throw refusal(
          "it builds upon the bundle \(base.digest.short), and the one given as '\(base.name)' is "
            + envelope.digest.short)
      }
      let (earlier, _) = try trustedManifest(envelope, at: "\(place): its base '\(base.name)'")
      objects.formUnion(earlier.objects.map(\.digest))
      next = earlier.base
    }
    return objects
  }

  private func judge(
    _ manifest: Manifest, _ digest: Digest, _ signers: [TrustRoot.Key], _ supplied: Set<Digest>
  ) -> Verification {
    let carried = Set(manifest.objects.map(\.digest))
    let needs = ClaimNeeds(manifest)
    let all = needs.all
    let verdicts = manifest.claims.map { claim in
      ClaimVerdict(
        claim: claim,
        missing: needs.of(claim).filter { !carried.contains($0) && !supplied.contains($0) },
        fitsPlatform: platform == nil || platform == claim.platform)
    }
    return Verification(
      manifest: manifest, digest: digest, signers: signers, claims: verdicts,
      missing: all.filter { !carried.contains($0) && !supplied.contains($0) },
      presupposed: all.filter { !carried.contains($0) && supplied.contains($0) },
      byteCount: manifest.objects.reduce(0) { $0 + $1.size })
  }
}

/// Which objects the claims of a manifest need.
public struct ClaimNeeds: Sendable {
  private let trees: [String: [Digest]]
  private let manifest: Manifest

  /// Looks at the trees of a manifest.
  public init(_ manifest: Manifest) {
    self.manifest = manifest
    trees = Dictionary(manifest.trees.map { ($0.name, $0.objects) }) { first, _ in first }
  }

  /// All objects that a claim needs: its own, those of its trees, the recipe's document, the proof's record; in the
  /// order of their digests.
  public func of(_ claim: Claim) -> [Digest] {
    var objects = Set(claim.needs)
    objects.insert(claim.recipe.document)
    if let proof = claim.proof { objects.insert(proof) }
    for tree in claim.trees { objects.formUnion(trees[tree] ?? []) }
    return objects.sorted()
  }

  /// All objects that anything in the manifest names, in the order of their digests.
  public var all: [Digest] {
    var objects = Set(manifest.artifacts.map(\.digest))
    for tree in trees.values { objects.formUnion(tree) }
    for claim in manifest.claims { objects.formUnion(of(claim)) }
    return objects.sorted()
  }
}
