// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Bundles
internal import FoundationEssentials
internal import Galley
public import Pantry
internal import Recipes

/// Proves the claims of a bundle on this machine, and completes the bundle with the proofs.
public struct BundleProof: Sendable {
  /// What came of it.
  public struct Outcome: Sendable {
    /// The claims that were run.
    public var claims: [PreparedClaim]
    /// The claims of other platforms, which were left as they are.
    public var elsewhere: [KeptClaim]
    /// The completed bundle, if one was written.
    public var written: BundleExport.Outcome?
  }

  /// Where to write the completed bundle, and who signs it.
  public struct Completion: Sendable {
    /// The archive.
    public var path: String
    /// The keys.
    public var keys: [SigningKey]

    /// A completed bundle.
    public init(path: String, keys: [SigningKey]) { (self.path, self.keys) = (path, keys) }
  }

  private let pantry: Pantry
  private let trust: TrustRoot

  /// Prepares proofs.
  /// - Parameters:
  ///   - pantry: In its work folder the bundle is unpacked; nothing is imported into it.
  ///   - trust: The keys that count.
  public init(in pantry: Pantry, trust: TrustRoot) { (self.pantry, self.trust) = (pantry, trust) }

  /// Verifies a bundle and runs each of its claims of this platform from its own part of it.
  /// - Parameters:
  ///   - ids: The claims to run; all of this platform's if it is empty.
  ///   - completion: Where to write the bundle with the proofs, under the next number.
  ///   - tell: Receives what happens, from any thread.
  /// - Throws: `GalleyError` if the bundle is refused, or a claim can't be run at all.
  public func run(
    _ path: String, claims ids: [String] = [], timeLimit: Duration, completion: Completion? = nil,
    tell: @escaping @Sendable (PreparationEvent) -> Void = { _ in }
  ) async throws -> Outcome {
    try await pantry.withWorkFolder { folder in
      let home = try Pantry(root: "\(folder)/imported")
      tell(.begins("Taking in \(path)"))
      let imported = try BundleImport(into: home, trust: trust).run(path)
      let store = ClaimStore(home)
      let wanted = try ids.isEmpty ? store.all() : ids.map(store.find)
      var outcome = Outcome(claims: [], elsewhere: wanted.filter { $0.platform != Platform.current })
      for claim in wanted where claim.platform == Platform.current {
        tell(.begins("Proving \(claim.id)"))
        let record = try await ProofHome(home).prove(claim, timeLimit: timeLimit)
        let kept = try store.keep(claim, with: record)
        tell(.proven(kept, record))
        outcome.claims.append(PreparedClaim(claim: kept, record: record))
      }
      if let completion {
        tell(.begins("Writing \(completion.path)"))
        outcome.written = try complete(imported.verification.manifest, store, completion)
      }
      return outcome
    }
  }

  private func complete(
    _ manifest: Manifest, _ store: ClaimStore, _ completion: Completion
  ) throws -> BundleExport.Outcome {
    let order = BundleExport.Order(
      name: manifest.name, claims: try store.all(), contents: manifest.artifacts.map(\.digest),
      trees: manifest.trees.filter { $0.digest == nil }.map(\.name), sequence: manifest.sequence + 1,
      validFrom: manifest.validFrom, validUntil: manifest.validUntil, host: manifest.host)
    return try BundleExport(order, from: store.pantry).write(to: completion.path, keys: completion.keys)
  }
}
