// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Files
internal import Foundation
internal import Galley
internal import Pantry
internal import Scenarios

/// Keeps files, or what lies at a URL.
struct PantryAddCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Keep files and folders, or fetch what lies at a URL by its digest.",
    discussion: """
      Examples:
        galley pantry add model.onnx data.zip
        galley pantry add photos                  a folder by its content; recipes name it sha256:…
        galley pantry add https://example.org/w.pth --sha256 0a1b… --mirror https://mirror.org/w.pth

      A URL needs its SHA-256. Proxies, a private certificate authority (GALLEY_CA_FILE) and credentials (netrc,
      GALLEY_TOKEN_<HOST>) come from the environment. With GALLEY_OFFLINE=1 or --offline no other machine is asked.
      """)

  @Argument(help: "Files and folders, or one URL.", completion: .file())
  var sources: [String]

  @Option(name: .long, help: "The SHA-256 that the bytes must have.")
  var sha256: String?

  @Option(name: .long, help: "Other URLs of the same bytes.")
  var mirror: [String] = []

  @Option(name: .long, help: "A name (default: the file's).")
  var name: String?

  @Option(name: .long, help: "What it is for: \(RoleArgument.allValueStrings.joined(separator: ", ")).")
  fileprivate var role: RoleArgument?

  @Option(name: .long, help: "Its licence, as an SPDX identifier.")
  var licence: String?

  @Flag(name: .long, help: "Keep it when room is made.")
  var pin = false

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  mutating func validate() throws {
    if sha256 != nil && sources.count > 1 { throw ValidationError("--sha256 is for one source.") }
    if name != nil && sources.count > 1 { throw ValidationError("--name is for one source.") }
    if let sha256, Digest(hex: sha256) == nil { throw ValidationError("'\(sha256)' is not a SHA-256 of 64 digits.") }
  }

  func run() async throws {
    let console = Console(options)
    let pantry = try place.open(console)
    var added: [AddedArtifact] = []
    for source in sources {
      let digest = try await add(source, to: pantry, console)
      if pin { try pantry.pin(digest) }
      added.append(AddedArtifact(digest: digest, source: source))
      console.result("\(digest.hex)  \(source)")
    }
    try console.result(json: added)
  }

  private func add(_ source: String, to pantry: Pantry, _ console: Console) async throws -> Digest {
    let expected = sha256.flatMap { Digest(hex: $0) }
    let fileName = String(source.split(separator: "/").last ?? "")
    guard source.contains("://") else {
      let note = ArtifactNote(name: name ?? fileName, role: role?.role, licence: licence)
      var isFolder = false as ObjCBool
      guard FileManager.default.fileExists(atPath: source, isDirectory: &isFolder), isFolder.boolValue else {
        return try pantry.store(fileAt: source, note: note, expecting: expected)
      }
      return try pantry.store(folderAt: source, note: note, expecting: expected)
    }
    guard let expected else {
      throw GalleyError(
        .usage, "can't fetch '\(source)'", why: "nobody said which bytes these must be",
        remedy: "Give the digest with --sha256; without it nothing tells the bytes from others.")
    }
    let requirement = ArtifactRequirement(
      name: name ?? fileName, role: role?.role ?? .data, digest: expected, origins: [source] + mirror, licence: licence)
    return try await ArtifactFetching(pantry, console).fetch(requirement)
  }
}

private struct AddedArtifact: Encodable {
  var digest: Digest
  var source: String
}

/// What an artifact is for, as the command line says it.
private struct RoleArgument: ExpressibleByArgument {
  let role: ArtifactRequirement.Role

  init?(argument: String) {
    guard let role = ArtifactRequirement.Role(rawValue: argument) else { return nil }
    self.role = role
  }

  static let allValueStrings = ArtifactRequirement.Role.allCases.map(\.rawValue)
}

/// Makes room.
struct PantryCollectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract: "Make room: remove what was used longest ago; pinned artifacts and those in use stay.",
    discussion: """
      Examples:
        galley pantry gc --limit 10GB --dry-run
        galley pantry gc                            down to the pantry's own limit
      """)

  @Option(name: .long, help: "How much may stay, like 10GB (default: the pantry's limit).")
  var limit: ByteCount?

  @Flag(name: .long, help: "Only say what would be removed.")
  var dryRun = false

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let pantry = try place.open(console)
    let result = try pantry.collect(limit: limit?.bytes, isDryRun: dryRun)
    try console.result(json: result)
    guard result.limit != nil else {
      return console.result("The pantry has no limit: nothing is removed. Give one with --limit.")
    }
    for artifact in result.removed {
      console.result("\(artifact.digest.short)  \(ByteCount(artifact.byteCount))  \(artifact.name ?? "")")
    }
    let verb = dryRun ? "would be removed" : "removed"
    console.result(
      "\(result.removed.count) artifacts \(verb): \(ByteCount(result.bytesBefore)) → \(ByteCount(result.bytesAfter))")
    guard !result.isOverLimit else {
      throw GalleyError(
        .verdictNo, "the pantry is over its limit still", at: pantry.root,
        why: "what is pinned or in use takes \(ByteCount(result.bytesAfter))", remedy: "Unpin something.")
    }
  }
}

/// Pins an artifact.
struct PantryPinCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "pin", abstract: "Keep artifacts when room is made.")

  @Argument(help: "Names, or first digits of digests.")
  var artifacts: [String]

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let pantry = try place.open(Console(options))
    for artifact in artifacts { try pantry.pin(pantry.find(artifact)) }
  }
}

/// Unpins an artifact.
struct PantryUnpinCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unpin", abstract: "Let artifacts go when room is made.")

  @Argument(help: "Names, or first digits of digests.")
  var artifacts: [String]

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let pantry = try place.open(Console(options))
    for artifact in artifacts { try pantry.unpin(pantry.find(artifact)) }
  }
}

/// Checks every byte.
struct PantryVerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read every byte and say what is damaged, missing or stray.",
    discussion: """
      Examples:
        galley pantry verify
        galley pantry verify --repair     damaged files are moved to damaged/, the index is made anew

      Exit codes: 0 all is sound · 1 something is not.
      """)

  @Flag(name: .long, help: "Move damaged files away and mend the index.")
  var repair = false

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let pantry = try place.open(console)
    let display = ProgressDisplay(console)
    defer { display.end() }
    let check = try pantry.check { progress in
      display.show(
        .progress(
          stage: "verify",
          .init(completed: progress.files, total: progress.totalFiles, unit: "file", message: nil)))
    }
    display.end()
    try console.result(json: check)
    for fault in check.faults { console.result("\(fault)") }
    console.result(
      "\(check.artifacts) artifacts, \(ByteCount(check.bytes)): "
        + (check.isSound ? "sound." : "\(check.faults.count) faults."))
    if repair, !check.isSound {
      for mended in try pantry.repair(check) { console.result("mended: \(mended)") }
      return
    }
    if !check.isSound { throw SilentExit(code: .verdictNo) }
  }
}

/// Copies artifacts out.
struct PantryExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Copy artifacts to a folder, with a list from which they can be imported.")

  @Argument(help: "Names, or first digits of digests; without any, all.")
  var artifacts: [String] = []

  @Option(name: .long, help: "The folder.", completion: .directory)
  var to: String

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let pantry = try place.open(console)
    let all = try pantry.artifacts().map(\.digest) + pantry.folders().map(\.digest)
    let digests = artifacts.isEmpty ? all : try artifacts.map(pantry.find)
    try pantry.export(digests, to: to)
    try console.result(json: digests)
    console.result("\(digests.count) artifacts are in \(to).")
  }
}

/// Takes artifacts in.
struct PantryImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Take in artifacts that another pantry exported, checking each digest.")

  @Argument(help: "The folder.", completion: .directory)
  var folder: String

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let digests = try place.open(console).import(from: folder)
    try console.result(json: digests)
    console.result("\(digests.count) artifacts are in the pantry.")
  }
}
