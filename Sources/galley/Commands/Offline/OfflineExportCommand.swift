// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Bundles
internal import Files
internal import Foundation
internal import Galley
internal import Offline
internal import Pantry
internal import Sandbox

/// Writes a bundle.
struct OfflineExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a signed bundle of claims with all that they need: one file for a place without a network.",
    discussion: """
      Examples:
        galley offline export -o site.galley --key site.key
        galley offline export -o site.galley --key site.key --claim digits-bench-3f9a2c81d0aa --valid-until 2027-06-30
        galley offline export -o update.galley --key site.key --all --name site --base site.galley

      The same content gives the same file, byte for byte. One that was interrupted is gone on with by the same command.
      --base leaves out what that bundle has, which must have been imported before.

      Exit codes: 0 done · 64 nothing to export, or no key · 65 something in the pantry is damaged · 66 there is no such \
      claim, key or base · 73 the file can't be written, or the disk is full.
      """)

  @Option(name: .shortAndLong, help: "The bundle's file.", completion: .file())
  var output: String

  @Option(name: .long, help: "The private key that signs it; may be repeated.", completion: .file())
  var key: [String]

  @Option(name: .long, parsing: .upToNextOption, help: "Claims, by their ids or the beginnings of them.")
  var claim: [String] = []

  @Flag(name: .long, help: "All claims of the pantry (the default if nothing is named).")
  var all = false

  @Option(name: .long, parsing: .upToNextOption, help: "Artifacts and folders of the pantry, by names or digests.")
  var add: [String] = []

  @Option(name: .long, parsing: .upToNextOption, help: "Trees of the pantry beside those of the claims, by names.")
  var tree: [String] = []

  @Option(name: .long, help: "The series (default: the file's name): a later bundle of it replaces an earlier one.")
  var name: String?

  @Option(name: .long, help: "The number in the series (default: the next one).")
  var sequence: Int?

  @Option(name: .long, help: "When it is said to be made, like 2026-11-26T12:00:00Z (default: now).")
  var created: BundleMoment?

  @Option(name: .long, help: "Before this it is refused, like 2027-01-01.")
  var validFrom: BundleMoment?

  @Option(name: .long, help: "After this it is refused, like 2027-06-30.")
  var validUntil: BundleMoment?

  @OptionGroup var bases: BaseOptions
  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  mutating func validate() throws {
    if all, !claim.isEmpty { throw ValidationError("--all and --claim contradict each other.") }
    if key.isEmpty { throw ValidationError("Give the key that signs: --key FILE. galley offline key new makes one.") }
    if let sequence, sequence < 1 { throw ValidationError("A sequence begins with 1.") }
  }

  func run() async throws {
    let console = Console(options)
    let pantry = try place.open(console)
    let keys = try key.map { try SigningKey(contentsOf: $0) }
    let order = try order(pantry)
    let display = ProgressDisplay(console)
    defer { display.end() }
    let outcome = try BundleExport(order, from: pantry).write(to: output, keys: keys) { display.show("export", $0) }
    display.end()
    let document = ExportDocument(outcome, at: output)
    try console.result(json: document)
    console.result("\(output): \(document.bundle.headline)")
    if outcome.isUnchanged { console.note("It is the same bundle as before, byte for byte.") }
    if outcome.written.resumedByteCount > 0 {
      console.note("\(ByteCount(outcome.written.resumedByteCount)) of it were there from an interrupted export.")
    }
    for claim in outcome.manifest.claims where claim.state == .incomplete || claim.state == .stale {
      console.note("\(claim.id) is \(ClaimDocument(claim).words)")
    }
  }

  private func order(_ pantry: Pantry) throws -> BundleExport.Order {
    let store = ClaimStore(pantry)
    let isAll = all || (claim.isEmpty && add.isEmpty && tree.isEmpty)
    let claims = isAll ? try store.all() : try claim.map(store.find)
    guard !claims.isEmpty || !add.isEmpty || !tree.isEmpty else {
      throw GalleyError(
        .usage, "can't export all claims", at: pantry.root, why: "there are none",
        remedy: "Prepare one first: galley offline prepare RECIPE.")
    }
    let fileName = String(output.split(separator: "/").last ?? "bundle")
    let stem = fileName.hasSuffix(".galley") ? String(fileName.dropLast(7)) : fileName
    return BundleExport.Order(
      name: name ?? stem, claims: claims, contents: try add.map(pantry.find), trees: tree, sequence: sequence,
      created: created?.time, validFrom: validFrom?.time, validUntil: validUntil?.end,
      host: try HostFiles.ofThisMachine().paths, bases: try bases.envelopes(pantry))
  }
}

private struct ExportDocument: Encodable {
  var file: String
  var fileBytes: Int
  var bundle: BundleDocument
  var claims: [ClaimDocument]
  var isUnchanged: Bool
  var resumedBytes: Int

  init(_ outcome: BundleExport.Outcome, at path: String) {
    file = path
    fileBytes = outcome.written.byteCount
    bundle = BundleDocument(outcome.manifest, digest: outcome.written.digest)
    claims = outcome.manifest.claims.map { ClaimDocument($0) }
    isUnchanged = outcome.isUnchanged
    resumedBytes = outcome.written.resumedByteCount
  }
}
