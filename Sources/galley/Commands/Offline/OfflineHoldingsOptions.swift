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

  @OptionGroup var base: BaseOptions
  @OptionGroup var trust: TrustOptions
  @OptionGroup var place: PantryOptions

  mutating func validate() throws {
    if bundle == nil, !base.base.isEmpty { throw ValidationError("--base needs --bundle.") }
  }

  /// Runs a body with what is here; digests that it computes are kept.
  /// - Parameter family: The recipes that the body asks about; `nil` if it asks about all that could be chosen.
  func with<Result>(
    for family: RecipeFamily? = nil, _ body: (ClosureSources) async throws -> Result
  ) async throws -> Result {
    let pantry = try place.open()
    let digests = DigestCache(pantry)
    defer { digests.save() }
    var sources = ClosureSources(pantry, holdings: try holdings(pantry), digests: digests)
    sources.splits = Catalogue.standard.splits
    return try await body(sources.including(RegisteredWorkers.all, for: family, in: pantry))
  }

  /// A bundle's signature is checked, its objects are not: galley offline verify does that.
  private func holdings(_ pantry: Pantry) throws -> (any Holdings)? {
    guard let bundle else { return nil }
    let root = try trust.root(of: pantry)
    let manifest = try manifest(BundleReader(bundle).envelope, root, at: bundle)
    let bases = try base.envelopes(pantry).map { try self.manifest($0, root, at: "the base of \(bundle)") }
    return BundleHoldings(manifest, bases: bases)
  }

  private func manifest(_ envelope: Envelope, _ root: TrustRoot, at place: String) throws(GalleyError) -> Manifest {
    _ = try root.signers(of: envelope, "can't trust the bundle", at: place)
    return try Manifest(envelope.payload, at: place)
  }
}
