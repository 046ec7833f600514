// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Bundles
internal import Files
internal import Foundation
internal import Galley
internal import Offline
internal import Pantry

/// Takes a bundle in.
struct OfflineImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Verify a bundle and take it into the pantry: all of it or nothing.",
    discussion: """
      Examples:
        galley offline trust add site.key.pub; galley offline import /media/stick/site.galley
        galley offline import site.galley --trust site.key.pub --pantry /data/pantry

      Nothing of the bundle is run. An import that was stopped, or whose medium was pulled out, is gone on with by the
      same command; until it is over, the pantry is as it was.

      Exit codes: 0 done · 1 done, and a claim does not hold · 65 the bundle is refused: damaged, not signed by a \
      trusted key, expired, older than one that was imported, for another platform · 66 it can't be read, or its medium \
      is gone · 73 the pantry can't be written, or the disk is full · 78 no key is trusted, or a registered worker is in \
      the way of one that the bundle brings.
      """)

  @OptionGroup var bundle: IncomingBundle
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let display = ProgressDisplay(console)
    defer { display.end() }
    let outcome = try bundle.importing(console).run(bundle.file) { display.show("import", $0) }
    display.end()
    let document = ImportDocument(outcome)
    try console.result(json: document)
    console.result(document.verification.text)
    console.note(
      "\(outcome.addedContents.count) artifacts and folders and \(outcome.addedTrees.count) trees came into "
        + "\(bundle.place.root), \(ByteCount(outcome.byteCount))"
        + (outcome.resumedByteCount > 0 ? ", \(ByteCount(outcome.resumedByteCount)) of them before." : "."))
    if !outcome.workers.isEmpty {
      console.note("Registered: \(outcome.workers.joined(separator: ", ")) (galley worker list).")
    }
    for id in outcome.unknownClaims {
      console.note("\(id) is of a task that this Galley doesn't know; it was left out.")
    }
    if let claim = outcome.verification.claims.first(where: { $0.holds && $0.fitsPlatform })?.claim {
      console.note("Next: galley run \(claim.id) --offline")
    }
    if !outcome.verification.isComplete { throw SilentExit(code: .verdictNo) }
  }
}

private struct ImportDocument: Encodable {
  var verification: VerificationDocument
  var addedContents: [Digest]
  var addedTrees: [String]
  var bytes: Int
  var resumedBytes: Int
  var unknownClaims: [String]
  var workers: [String]

  init(_ outcome: BundleImport.Outcome) {
    verification = VerificationDocument(outcome.verification)
    (addedContents, addedTrees) = (outcome.addedContents, outcome.addedTrees)
    (bytes, resumedBytes, unknownClaims) = (outcome.byteCount, outcome.resumedByteCount, outcome.unknownClaims)
    workers = outcome.workers
  }
}
