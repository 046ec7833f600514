// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Bundles
internal import Foundation
internal import Galley
internal import Offline
internal import Pantry

/// Proves the claims of a bundle on this machine.
struct OfflineProveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prove",
    abstract: "Run each claim of a bundle with the network cut, from its own part of the bundle alone.",
    discussion: """
      Examples:
        galley offline prove site.galley
        galley offline prove site.galley --claim digits-bench
        galley offline prove site.galley --key site.key -o proven.galley   the same bundle with the proofs

      Only claims for this machine's platform can be proven here. Nothing is imported. The bundle that is written has the
      next number of its series.

      Exit codes: 0 all claims hold · 1 a claim did not pass · 65 the bundle is refused · 69 a run can't be cut off here.
      """)

  @Argument(help: "The bundle.", completion: .file())
  var bundle: String

  @Option(name: .customLong("claim"), help: "Only this claim; repeatable.")
  var claims: [String] = []

  @Option(name: .shortAndLong, help: "Write the bundle with the proofs here; needs --key.", completion: .file())
  var output: String?

  @Option(help: "A private key that signs what is written; repeatable.", completion: .file())
  var key: [String] = []

  @Option(help: "The longest that one proof may take, in seconds.")
  var timeLimit = 1800

  @OptionGroup var trust: TrustOptions
  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  mutating func validate() throws {
    if (output == nil) != key.isEmpty { throw ValidationError("--output and --key go together.") }
    if timeLimit < 1 { throw ValidationError("--time-limit must be 1 or more.") }
  }

  func run() async throws {
    let console = Console(options)
    let display = PreparationDisplay(console)
    defer { display.end() }
    let pantry = try place.open(console)
    let completion = try output.map {
      BundleProof.Completion(path: $0, keys: try key.map { try SigningKey(contentsOf: $0) })
    }
    let outcome = try await BundleProof(in: pantry, trust: trust.root(of: pantry)).run(
      bundle, claims: claims, timeLimit: .seconds(timeLimit), completion: completion, tell: display.show)
    display.end()
    for claim in outcome.elsewhere {
      console.note("\(claim.id) is for \(claim.platform): prove it on a machine of that platform.")
    }
    if let written = outcome.written {
      console.note(
        "Wrote \(output ?? "") (number \(written.manifest.sequence), \(ByteCount(written.written.byteCount))).")
    }
    try PreparedClaimsReport(outcome.claims.map(ShownClaim.init(proven:)), records: outcome.claims.map(\.record))
      .print(console)
  }
}

extension ShownClaim {
  /// A claim by what its proof alone said.
  init(proven prepared: PreparedClaim) {
    claim = prepared.claim
    id = claim.id
    state = prepared.record?.isPassed == true ? "proven" : "closed"
    words = prepared.record?.failures ?? []
  }
}
