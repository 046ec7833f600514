// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Files
internal import Foundation
internal import Galley
internal import Pantry
internal import Reports

/// Keeps, lists, checks and carries artifacts.
struct PantryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pantry",
    abstract: "Keep, list, check and carry artifacts: bytes with a digest.",
    discussion: """
      Examples:
        galley pantry init /data/pantry --limit 50GB      then: export GALLEY_HOME=/data/pantry
        galley pantry add weights.pth --licence BSD-3-Clause --pin
        galley pantry list --sort size
        galley pantry verify                              reads every byte
        galley pantry gc --limit 10GB --dry-run
        galley pantry export 3f9a2c weights.pth --to stick

      An artifact is named by its name or by the first six or more digits of its digest.
      """,
    subcommands: [
      PantryInitCommand.self, PantryAddCommand.self, PantryListCommand.self, PantryShowCommand.self,
      PantryVerifyCommand.self, PantryCollectCommand.self, PantryPinCommand.self, PantryUnpinCommand.self,
      PantryExportCommand.self, PantryImportCommand.self,
    ])
}

/// Makes a pantry.
struct PantryInitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Make a pantry in a folder, or set the limit of one that is there.")

  @Argument(help: "The folder.", completion: .directory)
  var path: String

  @Option(name: .long, help: "The most that it may hold, like 50GB; artifacts used longest ago make room.")
  var limit: ByteCount?

  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let root = URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
    let pantry = try Pantry(root: root)
    if let limit { try pantry.setLimit(limit.bytes) }
    try console.result(json: ["pantry": pantry.root])
    console.result("\(pantry.root) is a pantry. Use it with --pantry or:\n  export GALLEY_HOME=\(pantry.root)")
  }
}

/// Lists artifacts.
struct PantryListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the artifacts.")

  /// By what the list is sorted.
  enum Order: String, ExpressibleByArgument, CaseIterable {
    case name, size, added, used, digest

    var artifactOrder: ArtifactOrder {
      switch self {
      case .name: .name
      case .size: .size
      case .added: .added
      case .used: .lastUsed
      case .digest: .digest
      }
    }
  }

  @Option(name: .long, help: "Sort by name, size, added, used or digest.")
  var sort: Order = .name

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let pantry = try place.open(console)
    let artifacts = sort.artifactOrder.sort(try pantry.artifacts() + pantry.folders())
    try console.result(json: artifacts)
    guard !artifacts.isEmpty else { return console.result("\(pantry.root) is empty.") }
    console.result(
      TextTable(
        columns: [
          .init("digest"), .init("size", .trailing), .init("files", .trailing), .init("name"), .init("for"),
          .init("licence"), .init("last used"),
          .init(""),
        ],
        rows: artifacts.map { artifact in
          [
            artifact.digest.short, ByteCount(artifact.byteCount).description,
            artifact.fileCount.map { "\($0)" } ?? "", artifact.name ?? "",
            artifact.role?.rawValue ?? "", artifact.licence ?? "", Moment(artifact.lastUsed).description,
            artifact.isPinned ? "pinned" : "",
          ]
        }
      ).render())
    let total = artifacts.reduce(0) { $0 + $1.byteCount }
    let limit = try pantry.limit().map { " of \(ByteCount($0))" } ?? ""
    console.note("\(artifacts.count) artifacts, \(ByteCount(total))\(limit), in \(pantry.root)")
  }
}

/// Shows one artifact.
struct PantryShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show everything that is known of an artifact.")

  @Argument(help: "Its name, or the first digits of its digest.")
  var artifact: String

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let pantry = try place.open(console)
    let digest = try pantry.find(artifact)
    guard let found = try pantry.artifact(digest) ?? pantry.folders().first(where: { $0.digest == digest }) else {
      throw GalleyError(
        .missingInput, "can't show the artifact", at: pantry.path(of: digest), why: "it was removed meanwhile")
    }
    try console.result(json: found)
    var lines = [
      ("digest", found.digest.hex), ("size", "\(ByteCount(found.byteCount)) (\(found.byteCount) bytes)"),
      (found.fileCount == nil ? "file" : "folder", pantry.path(ofContent: digest) ?? pantry.path(of: digest)),
      ("added", Moment(found.added).description),
      ("last used", Moment(found.lastUsed).description), ("pinned", found.isPinned ? "yes" : "no"),
    ]
    for (label, value) in [
      ("name", found.name), ("for", found.role?.rawValue), ("origin", found.origin), ("licence", found.licence),
    ] {
      if let value { lines.append((label, value)) }
    }
    lines += found.users.map { ($0.kind.rawValue, "\($0.name) \($0.id.prefix(24))") }
    console.result(lines.map { $0.0.padding(toLength: 11, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n"))
  }
}

extension PantryOptions {
  /// Opens the pantry; what it does on its own is said.
  func open(_ console: Console) throws -> Pantry {
    try open { console.note("pantry: \($0)") }
  }
}
