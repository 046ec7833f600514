// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Bundles
internal import Fetching
internal import Files
internal import Foundation
internal import Galley
internal import Golden
internal import Pantry
internal import Reports

/// Lists, fetches and makes zoos.
struct GoldenZooCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "zoo", abstract: "Zoos: folders or addresses with golden volumes and an index by digest.",
    discussion: """
      Examples:
        galley golden zoo index volumes                        make volumes/index.json
        galley golden zoo index volumes --key office.key       the same, signed
        galley golden zoo list volumes --require-signature     only if a trusted key signed it
        galley golden zoo list https://example.org/zoo
        galley golden zoo fetch https://example.org/zoo digits then: galley golden list --volume digits
        galley golden zoo list pantry                          the volumes that are here

      A zoo is a folder, an http(s) address of one, or 'pantry'.
      """,
    subcommands: [GoldenZooListCommand.self, GoldenZooFetchCommand.self, GoldenZooIndexCommand.self])
}

/// Which zoos are believed.
struct ZooTrustOptions: ParsableArguments {
  @Option(help: "A trust root to use in place of the pantry's.", completion: .file())
  var trust: String?

  @Flag(help: "Refuse a zoo whose index no trusted key signed.")
  var requireSignature = false

  /// Reads an index, and says who stands for it.
  func read(
    _ data: Data, from index: String, _ place: PantryOptions, _ console: Console
  ) throws -> GoldenZoo {
    let root = try trustRoot(place)
    let (zoo, signature) = try GoldenZoo.reading(
      data, from: index, trust: root, signatureIsDemanded: requireSignature)
    console.note("\(index): \(signature.words).")
    return zoo
  }

  private func trustRoot(_ place: PantryOptions) throws -> TrustRoot {
    guard let trust else { return try TrustRoot(contentsOf: "\(place.root)/\(TrustRoot.fileName)") }
    guard FileManager.default.fileExists(atPath: trust) else {
      throw GalleyError(.missingInput, "can't read the trust root", at: trust, why: "the file doesn't exist")
    }
    return try TrustRoot(contentsOf: trust)
  }
}

/// Where a zoo is.
enum ZooPlace {
  case pantry
  /// The address or folder, without a slash at its end.
  case origin(String)

  init(_ text: String) {
    let bare = text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
    self = text == "pantry" ? .pantry : .origin(bare)
  }

  /// What is there.
  func zoo(_ place: PantryOptions, _ trust: ZooTrustOptions, _ console: Console) async throws -> GoldenZoo {
    switch self {
    case .pantry:
      let artifacts = try place.open().artifacts().filter { $0.role == .volume }
      return GoldenZoo(
        volumes: try artifacts.map { artifact in
          let path = try place.open().path(of: artifact.digest)
          let description = try GoldenVolumes(paths: [path]).describe()
          func values(_ column: String) -> [String] { (description.groups[column] ?? []).compactMap(\.value).sorted() }
          return GoldenZoo.Volume(
            name: artifact.name.map(GoldenVolumes.name) ?? artifact.digest.short, file: path, digest: artifact.digest,
            byteCount: artifact.byteCount, rows: description.rows, tasks: values("task"),
            hardware: values("hardware"), data: values("data_digest") + values("data_name"))
        })
    case .origin(let origin):
      let fetcher = Fetcher(try FetchPolicy.ofThisProgram())
      let index = "\(origin)/\(GoldenZoo.indexName)"
      return try trust.read(try await fetcher.document(at: index), from: index, place, console)
    }
  }
}

/// Lists a zoo.
struct GoldenZooListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the volumes of a zoo.")

  @Argument(help: "The zoo: a folder, an address, or 'pantry'.")
  var zoo: String

  @OptionGroup var trust: ZooTrustOptions
  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let found = try await ZooPlace(zoo).zoo(place, trust, console)
    try console.result(json: found)
    console.result(
      TextTable(
        columns: [
          .init("name"), .init("rows", .trailing), .init("size", .trailing), .init("tasks"), .init("hardware"),
          .init("SHA-256"),
        ],
        rows: found.volumes.map {
          [
            $0.name, "\($0.rows)", ByteCount($0.byteCount).description, $0.tasks.joined(separator: ", "),
            $0.hardware.joined(separator: ", "), $0.digest.short,
          ]
        }
      ).render())
  }
}

/// Fetches a volume.
struct GoldenZooFetchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch", abstract: "Bring a volume of a zoo into the pantry, by digest.")

  @Argument(help: "The zoo: a folder or an address.")
  var zoo: String

  @Argument(help: "The volumes' names.")
  var names: [String]

  @OptionGroup var trust: ZooTrustOptions
  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  private struct Document: Encodable {
    var name: String
    var digest: String
    var path: String
  }

  func run() async throws {
    let console = Console(options)
    guard case .origin(let origin) = ZooPlace(zoo) else {
      throw GalleyError(.usage, "can't fetch from the pantry", why: "what is there is here already")
    }
    let found = try await ZooPlace(zoo).zoo(place, trust, console)
    let pantry = try place.open(console)
    let fetching = ArtifactFetching(pantry, console)
    var documents: [Document] = []
    for volume in try names.map(found.volume) {
      let digest = try await fetching.fetch(
        ArtifactRequirement(
          name: volume.file.split(separator: "/").last.map(String.init) ?? volume.name, role: .volume,
          digest: volume.digest, byteCount: volume.byteCount, origins: ["\(origin)/\(volume.file)"]))
      documents.append(Document(name: volume.name, digest: digest.hex, path: pantry.path(of: digest)))
      console.result("\(volume.name): \(volume.rows) rows, \(digest.short); galley golden list --volume \(volume.name)")
    }
    try console.result(json: documents)
  }
}

/// Makes a zoo's index.
struct GoldenZooIndexCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index", abstract: "Prove the volumes of a folder and write its index.json.")

  @Argument(help: "The folder.", completion: .directory)
  var folder: String

  @Option(help: "A private key that signs the index; several may be given.", completion: .file())
  var key: [String] = []

  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let keys = try key.map { try SigningKey(contentsOf: $0) }
    let zoo = try GoldenZoo(ofFolder: folder)
    let path = try zoo.write(to: folder, signedBy: keys)
    try console.result(json: zoo)
    console.result("\(path) names \(zoo.volumes.map(\.name).joined(separator: ", ")).")
    if !keys.isEmpty { console.note("Signed by \(keys.map(\.verifyingKey.id.short).joined(separator: ", ")).") }
  }
}
