// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Files
internal import Foundation
internal import Galley
internal import Glibc
internal import RemoteTargets
internal import TargetProtocol

/// Makes host and device know each other.
struct TargetPairCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pair", abstract: "Make this host and a device know each other, by six digits.",
    discussion: """
      On the device pairing must be open: galley-agent pair. Both screens show six digits, which are computed from both \
      certificates; if they agree, nobody stands between. A person says so on both sides.

      Without a terminal the answer is read from standard input: 'yes' or 'no'.
      """)

  @Argument(help: "The target's name.")
  var name: String

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let targets = place.targets
    let target = try targets.target(name)
    console.note("Connecting to \(target.endpoint) …")
    let agent = try await TargetPairing.pair(with: target, as: try targets.identity()) { code in
      await Self.ask(code, console)
    }
    try targets.update(name) { $0.trust = .certificate(agent) }
    let paired = try targets.target(name)
    try console.result(json: TargetSummary(paired))
    console.result("\(name) is paired: its certificate is \(agent.short).")
    console.note("Look at it: galley target check \(name)")
  }

  /// Shows the digits and waits for the person's word, on a thread of its own.
  private static func ask(_ code: PairingCode, _ console: Console) async -> Bool {
    Console.writeError("\n    \(code)\n\nDoes the device show the same digits? [yes/no] ")
    return await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        var answer = readLine()?.lowercased()
        while let said = answer, !["yes", "y", "no", "n"].contains(said) {
          Console.writeError("Say yes or no: ")
          answer = readLine()?.lowercased()
        }
        continuation.resume(returning: answer?.first == "y")
      }
    }
  }
}

/// Looks at a target.
struct TargetCheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Say what a target can do, and what is wrong with it.",
    discussion:
      "The exit code is 1 if something is not as it should be, 69 if the agent can't be reached, 78 if it doesn't know this host."
  )

  @Argument(help: "The target's name.")
  var name: String

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let targets = place.targets
    let check = try await TargetCheck.make(of: try targets.target(name), as: try targets.identity())
    try targets.update(name) { $0.platform = check.capabilities.platform }
    try console.result(json: check)
    console.result(Self.text(check))
    if !check.problems.isEmpty { throw SilentExit(code: .verdictNo) }
  }

  private static func text(_ check: TargetCheck) -> String {
    var rows: [(String, String)] = [
      ("address", check.endpoint), ("platform", check.capabilities.platform),
      ("round trip", String(format: "%.3f ms", check.roundTripSeconds * 1000)),
    ]
    if let version = check.version { rows.append(("version", version)) }
    if let machine = check.machine {
      rows.append(("processor", "\(machine.processor), \(machine.processorCount) logical processors"))
      rows.append(("memory", ByteCount(machine.memoryBytes).description))
      rows.append(("system", "\(machine.system), \(machine.kernel)"))
    }
    if let skew = check.skewSeconds, let uncertainty = check.skewUncertainty {
      rows.append(("clock", String(format: "%+.3f s from this one's, ± %.3f s", skew, uncertainty)))
    }
    if let free = check.freeBytes { rows.append(("free disk", ByteCount(free).description)) }
    if let quota = check.quotaBytes { rows.append(("room for models", ByteCount(quota).description)) }
    let runtimes = check.capabilities.runtimes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    rows.append(("runtimes", runtimes.isEmpty ? "none" : runtimes.joined(separator: ", ")))
    let features = check.capabilities.features
    rows.append(("features", features.isEmpty ? "none" : features.joined(separator: ", ")))
    if !features.contains(TargetFeature.images) {
      rows.append(("", "without libvips there, images are decoded on this machine"))
    }
    let width = rows.map(\.0.count).max() ?? 0
    let lines = rows.map { "\($0.0.padding(toLength: width, withPad: " ", startingAt: 0))  \($0.1)" }
    let problems = check.problems.map { "! \($0.what)\n  \($0.remedy)" }
    return (lines + [""] + (problems.isEmpty ? ["All is well."] : problems)).joined(separator: "\n")
  }
}

/// Shows what an agent logs.
struct TargetLogsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Show what a target's agent logs from now on, until Ctrl-C.")

  @Argument(help: "The target's name.")
  var name: String

  @Option(help: "The least level: \(LogLevel.words).")
  var level = "info"

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  private struct Line: Encodable {
    var level: String
    var message: String
  }

  mutating func validate() throws {
    guard LogLevel(rawValue: level) != nil else { throw ValidationError("--level is one of \(LogLevel.words).") }
  }

  func run() async throws {
    let console = Console(options)
    let client = try await AgentClient.connect(to: try place.targets.target(name), as: try place.targets.identity())
    do {
      try await client.watchLog(from: level) { level, message in
        if console.style == .json {
          if let line = try? Console.encoded(Line(level: level, message: message), pretty: false) {
            StandardStream.output.write(line + Data("\n".utf8))
          }
        } else {
          console.result("\(level): \(message)")
        }
      }
    } catch {
      await client.leave()
      throw error
    }
  }
}
