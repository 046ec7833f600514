// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Fetching
internal import Files
internal import Foundation
internal import Galley
internal import Pantry
internal import Sandbox
internal import Scenarios

/// Brings artifacts into the pantry, from this machine's caches or from where they come from.
struct ArtifactFetching: Sendable {
  private let pantry: Pantry
  private let console: Console
  /// The recipe that needs what is fetched, as the user named it.
  private let recipe: String?

  init(_ pantry: Pantry, _ console: Console, recipe: String? = nil) {
    self.pantry = pantry
    self.console = console
    self.recipe = recipe
  }

  /// The digest of the artifact, which is in the pantry afterwards.
  /// - Throws: `GalleyError` that lists every place that was tried.
  func fetch(_ requirement: ArtifactRequirement) async throws -> Digest {
    if let digest = requirement.digest, pantry.verify(digest) { return digest }
    var policy = try FetchPolicy.ofThisProgram()
    let advice = OfflineAdvice(pantryRoot: pantry.root, recipe: recipe)
    policy.offlineRemedy = { advice.words(for: $0) }
    let fetcher = Fetcher(policy)
    let display = ProgressDisplay(console)
    defer { display.end() }
    return try await pantry.withWorkFolder { folder in
      let file = "\(folder)/artifact"
      let fetched = try await fetcher.fetch(requirement, to: file, partial: "\(pantry.root)/fetching") { progress in
        display.show(
          .progress(
            stage: "fetch \(requirement.name)",
            .init(
              completed: progress.received, total: progress.total, unit: "byte",
              message: ByteCount(progress.received).description)))
      }
      let note = ArtifactNote(
        name: requirement.name, role: requirement.role, origin: fetched.origin, licence: requirement.licence)
      return try pantry.adopt(fileAt: file, note: note, expecting: fetched.digest)
    }
  }
}

extension FetchPolicy {
  /// What the environment says; under the latch, only this machine's own loopback is left.
  static func ofThisProgram() throws(GalleyError) -> FetchPolicy {
    var policy = try FetchPolicy(environment: ProcessInfo.processInfo.environment)
    guard NetworkLatch.isEngaged else { return policy }
    policy.isOffline = true
    if let loopback = NetworkLatch.loopback { policy.onLoopback = { loopback.perform($0) } }
    return policy
  }
}
