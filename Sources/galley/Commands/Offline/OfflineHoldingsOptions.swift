// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Bundles
internal import Galley
internal import Offline
internal import Pantry
internal import Scenarios

/// What is looked at when it is asked whether something is here: this machine, or a bundle.
struct OfflineHoldingsOptions: ParsableArguments {
  @Option(help: "Ask what this bundle carries, in place of this machine.", completion: .file())
  var bundle: String?

  @Option(help: "The bundle that --bundle builds upon; its contents are presupposed.", completion: .file())
  var base: String?

  @Option(help: "The trusted keys (default: the pantry's).", completion: .file())
  var trust: String?

  @OptionGroup var place: PantryOptions

  mutating func validate() throws {
    if bundle == nil, base != nil { throw ValidationError("--base needs --bundle.") }
  }

  /// Runs a body with what is here; digests that it computes are kept.
  func with<Result>(
    _ body: (ClosureSources) async throws -> Result
  ) async throws -> Result {
    let pantry = try place.open()
    let digests = DigestCache(pantry)
    defer { digests.save() }
    var sources = ClosureSources(pantry, holdings: try holdings(pantry), digests: digests)
    sources.splits = Catalogue.standard.splits
    return try await body(sources)
  }

  /// A bundle's signature is checked, its objects are not: galley offline verify does that.
  private func holdings(_ pantry: Pantry) throws -> (any Holdings)? {
    guard let bundle else { return nil }
    let root = try TrustRoot(contentsOf: trust ?? "\(pantry.root)/\(TrustRoot.fileName)")
    return BundleHoldings(try manifest(of: bundle, root), base: try base.map { try manifest(of: $0, root) })
  }

  private func manifest(of path: String, _ root: TrustRoot) throws(GalleyError) -> Manifest {
    let reader = try BundleReader(path)
    _ = try root.signers(of: reader.envelope, "can't trust the bundle", at: path)
    return try reader.manifest()
  }
}
