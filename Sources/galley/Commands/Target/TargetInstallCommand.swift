// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Glibc
internal import RemoteTargets
internal import Synchronization
internal import TargetInstalling
internal import TargetTransport

/// Where the device's programs come from, for installing and for upgrading.
struct AgentSourceOptions: ParsableArguments {
  @Option(
    help: "The agent's program (default: the one beside galley, in .build/agent, or in the pantry).",
    completion: .file())
  var agent: String?

  @Option(
    help: "A folder with native libraries for the device's platform, as Native/bootstrap.py fills it.",
    completion: .directory)
  var native: String?

  @Flag(help: "Let ssh ask for nothing: no password, no word on an unknown key. Without a terminal it never asks.")
  var yes = false

  var asksNothing: Bool { yes || isatty(STDIN_FILENO) == 0 }
}

/// Puts an agent on a device.
struct TargetInstallCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install", abstract: "Install an agent on a device over ssh, and declare it as a target.",
    discussion: """
      Examples:
        galley target install board root@192.168.0.7           a service of the whole device, in /opt/galley-agent
        galley target install board me@device.local            a service of one user, in ~/.local/share/galley-agent
        galley target install board board --runtime onnxruntime    'board' of your ssh configuration; one runtime
        galley target install board root@device --setting listen=0.0.0.0:4271 --setting blob-quota=2GiB

      The agent's program and the runtimes that it needs are copied over your own ssh, each file only if the device \
      doesn't have it; certificates are exchanged the same way, so that nobody compares digits. All of it lies in one \
      folder there. Documentation/targets.md says what can be in the way.
      """)

  @Argument(help: "Your name for it: letters, digits, '.', '_' and '-'.")
  var name: String

  @Argument(help: "Where ssh goes: USER@HOST, ssh://USER@HOST:PORT, or a name of your ssh configuration.")
  var destination: String

  @Option(help: "The agent's folder on the device (default: /opt/galley-agent for root, else in ~/.local/share).")
  var folder: String?

  @Option(help: "A runtime to install: onnxruntime, openvino, litert; or 'none'. May be repeated (default: all here).")
  var runtime: [String] = []

  @Option(help: "A setting of the agent, KEY=VALUE (Documentation/agent.md). May be repeated.")
  var setting: [String] = []

  @Option(help: "Where hosts reach the agent, if not where ssh goes: HOST or HOST:PORT.")
  var address: String?

  @Option(help: "An option of ssh as its configuration has it, KEY=VALUE. May be repeated.")
  var sshOption: [String] = []

  @Flag(help: "Don't exchange certificates over ssh; compare digits afterwards, with 'galley target pair'.")
  var pairByDigits = false

  @OptionGroup var source: AgentSourceOptions
  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  mutating func validate() throws {
    guard runtime.count < 2 || !runtime.contains("none") else {
      throw ValidationError("--runtime none leaves no place for other runtimes.")
    }
  }

  func run() async throws {
    let console = Console(options)
    let runtimes = runtime.isEmpty ? nil : runtime.filter { $0 != "none" }
    var request = InstallRequest(
      name: name,
      installation: TargetInstallation(
        destination: destination, options: sshOption, folder: folder ?? "", runtimes: runtimes))
    (request.agent, request.native, request.settings) = (source.agent, source.native, setting)
    (request.asksNothing, request.pairsByDigits) = (source.asksNothing, pairByDigits)
    request.address = try address.map { try Endpoint($0) }
    let report = try await InstallDisplay.showing(console) { watch in
      try await TargetInstaller(place.targets, home: place.root, watch: watch).install(request)
    }
    try InstallDisplay.show(report, console)
    let agent = "\(report.folder)/current/bin/galley-agent"
    console.note(
      report.certificate == nil
        ? "Next, on the device: \(agent) pair\nThen here: galley target pair \(name)"
        : "Look at it: galley target check \(name)")
  }
}

/// Brings a device's agent to the version that is here.
struct TargetUpgradeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "upgrade", abstract: "Bring a target's agent and runtimes to the version that is here.",
    discussion: """
      Settings, identity, pairing and what the device keeps stay. What runs may finish, as the setting stop-time says; if \
      the new version isn't healthy, the one before comes back.
      """)

  @Argument(help: "The target's name.")
  var name: String

  @OptionGroup var source: AgentSourceOptions
  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let report = try await InstallDisplay.showing(console) { watch in
      try await TargetInstaller(place.targets, home: place.root, watch: watch)
        .upgrade(name, agent: source.agent, native: source.native, asksNothing: source.asksNothing)
    }
    try InstallDisplay.show(report, console)
  }
}

/// Removes a device's agent.
struct TargetUninstallCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "uninstall", abstract: "Remove a target's agent from its device, and forget the target.")

  @Argument(help: "The target's name.")
  var name: String

  @Flag(help: "Leave the agent's settings, its identity, the hosts it knows, and its blobs on the device.")
  var keepData = false

  @Flag(help: "Let ssh ask for nothing: no password, no word on an unknown key. Without a terminal it never asks.")
  var yes = false

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let report = try await InstallDisplay.showing(console) { watch in
      try await TargetInstaller(place.targets, home: place.root, watch: watch)
        .uninstall(name, keepsData: keepData, asksNothing: yes || isatty(STDIN_FILENO) == 0)
    }
    try console.result(json: report)
    console.result(
      report.wasAbsent
        ? "There was no agent in \(report.folder); \(name) is forgotten."
        : "The agent of \(name) is removed, and the target is forgotten.")
    if !report.left.isEmpty { console.result("It leaves: \(report.left.joined(separator: ", ")).") }
    for remark in report.remarks { console.note(remark) }
  }
}

/// How far installing is, and what came of it.
enum InstallDisplay {
  /// Shows steps and progress while `body` works.
  static func showing<Report: Sendable>(
    _ console: Console, _ body: (InstallWatch) async throws -> Report
  ) async throws -> Report {
    let lines = InstallLines(console)
    do {
      let report = try await body(
        InstallWatch(onStep: { lines.step($0) }, onProgress: { lines.progress($0, $1) }))
      lines.end()
      return report
    } catch {
      lines.end()
      throw error
    }
  }

  static func show(_ report: InstallReport, _ console: Console) throws {
    try console.result(json: report)
    let runtimes = report.runtimes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    let action =
      switch report.action {
      case .installed: "is installed"
      case .upgraded: "is upgraded"
      case .kept: "is up to date"
      }
    console.result("\(report.target) \(action): \(report.platform) at \(report.address), in \(report.folder).")
    console.result("runtimes: \(runtimes.isEmpty ? "none" : runtimes.joined(separator: ", "))")
    if report.action != .kept {
      console.result("sent: \(report.sentFiles) files, \(ByteCount(report.sentBytes))")
    }
    for remark in report.remarks { console.note(remark) }
  }
}

/// The lines while something is installed; one of them moves on a terminal.
private final class InstallLines: Sendable {
  private let console: Console
  private let line: Mutex<MovingLine>

  init(_ console: Console) {
    self.console = console
    line = Mutex(MovingLine(console))
  }

  func step(_ words: String) {
    line.withLock { $0.end() }
    console.note(words)
  }

  func progress(_ sent: Int, _ all: Int) {
    guard !console.isQuiet else { return }
    line.withLock { line in
      if line.isTerminal { line.write("\(ByteCount(sent)) of \(ByteCount(all))", moves: true) }
    }
  }

  func end() { line.withLock { $0.end() } }
}
