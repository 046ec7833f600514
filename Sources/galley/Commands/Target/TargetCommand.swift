// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Files
internal import Foundation
internal import Galley
internal import RemoteTargets
internal import Reports
internal import TargetTransport

/// Devices to measure on.
struct TargetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "target",
    abstract: "Declare devices that models are measured on, and look after them.",
    discussion: """
      Examples:
        galley target install board root@192.168.0.7 puts an agent there over ssh; or, if one is there already:
        galley target add board 192.168.0.7          then, on the device: galley-agent pair
        galley target pair board                     compare six digits on both screens
        galley target check board                    versions, runtimes, clocks, room
        galley bench model.onnx --target board
        galley run recipe.yaml --target board
        galley target logs board

      An agent (galley-agent serve) runs on the device. Documentation/targets.md says how it gets there, how host and \
      device come to know each other, and what is never sent.
      """,
    subcommands: [
      TargetInstallCommand.self, TargetUpgradeCommand.self, TargetUninstallCommand.self, TargetAddCommand.self,
      TargetListCommand.self, TargetPairCommand.self, TargetCheckCommand.self, TargetLogsCommand.self,
      TargetRemoveCommand.self,
    ])
}

/// Where declared targets are kept.
extension PantryOptions {
  var targets: TargetsFile { TargetsFile(home: root) }
}

/// Declares a target.
struct TargetAddCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Declare a target.",
    discussion: """
      Examples:
        galley target add board 192.168.0.7                  pair next: galley target pair board
        galley target add board device.local:4270 --pin 3f9a…      its certificate is known
        galley target add board device.local --token-file secret   both have the same secret
        galley target add here unix:/run/galley/agent.sock   an agent on this machine

      A token is given in a file, or in GALLEY_TARGET_TOKEN: on the command line others could read it.
      """)

  @Argument(help: "Your name for it: letters, digits, '.', '_' and '-'.")
  var name: String

  @Argument(help: "Where its agent is: HOST, HOST:PORT, [ADDRESS]:PORT or unix:PATH.")
  var address: String

  @Option(help: "SHA-256 of the agent's certificate, as the agent shows it.")
  var pin: String?

  @Option(help: "A file with the token, in hexadecimal digits.", completion: .file())
  var tokenFile: String?

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let endpoint = try Endpoint(address)
    let target = try DeclaredTarget(name: name, endpoint: endpoint, trust: try trust(endpoint))
    try place.targets.add(target)
    try console.result(json: TargetSummary(target))
    console.result("\(name) is declared: \(endpoint).")
    console.note(
      target.trust == nil
        ? "Next, on the device: galley-agent pair\nThen here: galley target pair \(name)"
        : "Look at it: galley target check \(name)")
  }

  private func trust(_ endpoint: Endpoint) throws -> DeclaredTarget.Trust? {
    let agent = try pin.map { text in
      guard let digest = Digest(hex: text.lowercased().filter { $0 != ":" }) else {
        throw GalleyError(
          .usage, "can't declare the target '\(name)'", why: "a pin has 64 hexadecimal digits",
          remedy: "The agent's log says it when the agent starts.")
      }
      return digest
    }
    if let secret = try secret() { return .token(secret, agent: agent) }
    if let agent { return .certificate(agent) }
    return endpoint.isUnixSocket ? .local : nil
  }

  private func secret() throws -> Data? {
    var text = ProcessInfo.processInfo.environment["GALLEY_TARGET_TOKEN"]
    if let tokenFile {
      guard let read = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
        throw GalleyError(
          .missingInput, "can't read the token", at: tokenFile, why: "there is no such file, or it is no text")
      }
      text = read
    }
    guard let text, !text.isEmpty else { return nil }
    guard let secret = Data(hexadecimal: text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw GalleyError(
        .usage, "can't read the token", at: tokenFile ?? "GALLEY_TARGET_TOKEN",
        why: "it is no hexadecimal number of whole bytes", remedy: "Make one: openssl rand -hex 32.")
    }
    return secret
  }
}

/// Lists the targets.
struct TargetListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the declared targets.")

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let targets = try place.targets.all().map(TargetSummary.init)
    try console.result(json: targets)
    guard !targets.isEmpty else {
      return console.result("No target is declared. Declare one: galley target add NAME ADDRESS.")
    }
    console.result(
      TextTable(
        columns: [.init("name"), .init("address"), .init("known by"), .init("platform"), .init("declared")],
        rows: targets.map { [$0.name, $0.address, $0.knownBy, $0.platform ?? "", Moment($0.added).description] }
      ).render())
  }
}

/// A target without its secrets.
struct TargetSummary: Encodable {
  var name: String
  var address: String
  var knownBy: String
  var pin: String?
  var platform: String?
  var added: Double

  init(_ target: DeclaredTarget) {
    (name, address, platform, added) = (target.name, target.endpoint.description, target.platform, target.added)
    pin = target.pinned?.hex
    knownBy =
      switch target.trust {
      case .certificate(let digest): "certificate \(digest.short)"
      case .token(_, let agent): agent.map { "token, certificate \($0.short)" } ?? "token"
      case .local: "user"
      case nil: "not paired"
      }
  }
}

/// Removes a target.
struct TargetRemoveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Forget a target.",
    discussion: """
      Nothing is done on the device: the agent goes on running there, and knowing this host until its entry in hosts.json \
      is deleted. 'galley target uninstall' removes an agent that was installed from here.
      """)

  @Argument(help: "Its name.")
  var name: String

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let target = try place.targets.target(name)
    try place.targets.remove(name)
    try console.result(json: TargetSummary(target))
    console.result("\(name) is forgotten.")
  }
}
