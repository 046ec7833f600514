// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Bundles
internal import FoundationEssentials
internal import Galley
internal import Pantry

/// Where claims of a pantry are proven: what a claim needs is written into a bundle, and that is imported into an empty
/// home, as it would be at the site.
struct ProofHome {
  private let pantry: Pantry

  /// Homes for claims of a pantry.
  init(_ pantry: Pantry) { self.pantry = pantry }

  /// Proves a claim.
  /// - Throws: `GalleyError` if the bundle or the home can't be made, or the claim can't be run at all.
  func prove(_ claim: KeptClaim, timeLimit: Duration) async throws -> ProofRecord {
    try await pantry.withWorkFolder { folder in
      let key = SigningKey()
      let bundle = "\(folder)/claim.galley"
      var unproven = claim
      unproven.proof = nil
      let order = BundleExport.Order(name: "proof", claims: [unproven], sequence: 1)
      _ = try BundleExport(order, from: pantry).write(to: bundle, keys: [key], isNoted: false)
      let home = try Pantry(root: "\(folder)/home")
      let trust = try TrustRoot(keys: [.init(name: "this preparation", key: key.verifyingKey)])
      _ = try BundleImport(into: home, trust: trust).run(bundle)
      try? FileManager.default.removeItem(atPath: bundle)
      return try await ClaimProof(of: claim, in: home, timeLimit: timeLimit).run()
    }
  }
}
