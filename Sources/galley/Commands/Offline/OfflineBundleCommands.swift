// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Bundles
internal import Files
internal import Foundation
internal import Galley
internal import Offline
internal import Pantry
internal import Reports

/// Verifies a bundle.
struct OfflineVerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Say whether a bundle may be believed, and what it can do here. Nothing is run, unpacked or written.",
    discussion: """
      Examples:
        galley offline verify site.galley
        galley offline verify site.galley --trust site.key.pub --json

      Signatures, times, sequence, the digests of all objects, what each claim needs, and the platform are checked.

      Exit codes: 0 every claim holds · 1 a claim does not hold, or something is missing · 65 the bundle is refused · \
      66 it can't be read · 78 no key is trusted.
      """)

  @OptionGroup var bundle: IncomingBundle
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let display = ProgressDisplay(console)
    defer { display.end() }
    let verification = try bundle.importing(console).verify(bundle.file) { display.show("verify", $0) }
    display.end()
    let document = VerificationDocument(verification)
    try console.result(json: document)
    console.result(document.text)
    if !verification.isComplete { throw SilentExit(code: .verdictNo) }
  }
}

/// Lists what is in a bundle, or which were imported.
struct OfflineListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List what a bundle says that it holds; without a file, the bundles that were imported.",
    discussion: """
      Examples:
        galley offline list
        galley offline list site.galley

      Of a file only the list is read: whether it is true, galley offline verify says.

      Exit codes: 0 done · 65 it is no bundle · 66 it can't be read.
      """)

  @Argument(help: "The bundle's file.", completion: .file())
  var file: String?

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    if let file { return try list(file, console) }
    let pantry = try place.open(console)
    let bundles = try BundleShelf(pantry, .imported).all().map { try BundleDocument($0, at: pantry.root) }
    try console.result(json: bundles)
    guard !bundles.isEmpty else { return console.result("No bundle was imported into \(pantry.root).") }
    console.result(bundles.map(\.headline).joined(separator: "\n"))
  }

  private func list(_ file: String, _ console: Console) throws {
    let reader = try BundleReader(file)
    let contents = ContentsDocument(try reader.manifest(), digest: reader.envelope.digest)
    try console.result(json: contents)
    console.result(contents.text)
    console.note("Nothing of this was checked: galley offline verify \(file)")
  }
}

/// Compares two bundles.
struct OfflineDiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Say what changed from one bundle to another.",
    discussion: """
      Example:
        galley offline diff january.galley june.galley

      Exit codes: 0 they hold the same · 1 they differ · 65 one is no bundle · 66 one can't be read.
      """)

  @Argument(help: "The earlier bundle's file.", completion: .file())
  var old: String

  @Argument(help: "The later bundle's file.", completion: .file())
  var new: String

  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let (before, after) = (try BundleReader(old).manifest(), try BundleReader(new).manifest())
    let difference = BundleDifference(from: before, to: after)
    let document = DifferenceDocument(difference)
    try console.result(json: document)
    console.result(difference.isEmpty ? "They hold the same." : document.text)
    if !difference.isEmpty { throw SilentExit(code: .verdictNo) }
  }
}

private struct ContentsDocument: Encodable {
  struct Thing: Encodable {
    var name: String
    var kind: String
    var files: Int
    var bytes: Int
    var licence: String?
  }

  var bundle: BundleDocument
  var claims: [ClaimDocument]
  var contents: [Thing]
  var host: [String]

  init(_ manifest: Manifest, digest: Digest) {
    bundle = BundleDocument(manifest, digest: digest)
    claims = manifest.claims.map { ClaimDocument($0) }
    host = manifest.host
    let sizes = Dictionary(manifest.objects.map { ($0.digest, $0.size) }) { first, _ in first }
    contents =
      manifest.trees.map { tree in
        Thing(
          name: tree.name, kind: tree.kind.rawValue, files: tree.entries.count,
          bytes: tree.objects.reduce(0) { $0 + (sizes[$1] ?? 0) }, licence: tree.library?.licence)
      }
      + manifest.artifacts.map {
        Thing(
          name: $0.name ?? $0.digest.short, kind: $0.role ?? "artifact", files: 1, bytes: sizes[$0.digest] ?? 0,
          licence: $0.licence)
      }
  }

  var text: String {
    let table = TextTable(
      columns: [.init("what"), .init("kind"), .init("files", .trailing), .init("size", .trailing), .init("licence")],
      rows: contents.map {
        [
          $0.kind == "folder" ? String($0.name.prefix(12)) : $0.name, $0.kind, "\($0.files)", "\(ByteCount($0.bytes))",
          $0.licence ?? "",
        ]
      })
    return ([bundle.headline] + (claims.isEmpty ? [] : [ClaimDocument.table(claims)]) + [table.render()])
      .joined(separator: "\n\n")
  }
}

private struct DifferenceDocument: Encodable {
  struct Change: Encodable {
    var what: String
    var kind: String
    var change: String
  }

  var changes: [Change]
  var addedBytes: Int
  var removedBytes: Int
  var sharedBytes: Int

  init(_ difference: BundleDifference) {
    changes =
      Self.changes(difference.claims, "claim") { "\($0.id) (\($0.state.rawValue))" }
      + Self.changes(difference.trees, "tree", \.name)
      + Self.changes(difference.artifacts, "artifact") { $0.name ?? $0.digest.short }
    addedBytes = difference.addedByteCount
    removedBytes = difference.removedByteCount
    sharedBytes = difference.sharedByteCount
  }

  private static func changes<Thing>(
    _ changes: BundleDifference.Changes<Thing>, _ kind: String, _ name: (Thing) -> String
  ) -> [Change] {
    changes.added.map { Change(what: name($0), kind: kind, change: "added") }
      + changes.removed.map { Change(what: name($0), kind: kind, change: "removed") }
      + changes.changed.map { Change(what: name($0.new), kind: kind, change: "changed") }
  }

  var text: String {
    let table = TextTable(
      columns: [.init(""), .init("kind"), .init("what")], rows: changes.map { [$0.change, $0.kind, $0.what] })
    return table.render()
      + "\n\(ByteCount(addedBytes)) come, \(ByteCount(removedBytes)) go, \(ByteCount(sharedBytes)) stay"
  }
}
