// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import AgentServer
@preconcurrency internal import Dispatch
internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Synchronization
internal import WorkerProtocol

/// `galley-agent serve`.
enum ServeCommand {
  static func run(_ words: [String]) async throws(GalleyError) {
    if words.contains("--help") || words.contains("-h") {
      print(AgentHelp.serve, terminator: "")
      return
    }
    let line = try CommandWords(words, switches: ["check-configuration"])
    let environment = ProcessInfo.processInfo.environment
    let file = line.values.last { $0.key == "configuration" }?.value ?? environment["GALLEY_AGENT_CONFIGURATION"]
    let settings = try AgentSettings(
      flags: line.values.filter { $0.key != "configuration" }, environment: environment, file: file)
    if line.switches.contains("check-configuration") {
      print("The configuration can be used.")
      return
    }
    signal(SIGPIPE, SIG_IGN)
    let ends = endSignals()
    let agent = try await AgentServer.start(
      settings, executable: WorkerProcess.ownExecutable(), environment: processEnvironment(environment),
      notifySocket: environment["NOTIFY_SOCKET"])
    StartupPages.giveBack()
    for await _ in ends { break }
    await agent.stop()
  }

  /// What measuring processes have besides: Swift would write a crashed one's registers and memory, for seconds, into what
  /// the host is told.
  private static func processEnvironment(_ own: [String: String]) -> [String: String] {
    own["SWIFT_BACKTRACE"] == nil ? ["SWIFT_BACKTRACE": "enable=no"] : [:]
  }

  /// SIGTERM or SIGINT when one has come; a second one ends the program at once.
  private static func endSignals() -> AsyncStream<Int32> {
    let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
    let count = Mutex(0)
    for number in [SIGTERM, SIGINT] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      // The handler holds its source, which is never cancelled: the program ends first.
      source.setEventHandler {
        withExtendedLifetime(source) {}
        if count.withLock({ count in
          count += 1
          return count > 1
        }) {
          _exit(ExitCode.interrupted.rawValue)
        }
        continuation.yield(number)
      }
      source.resume()
    }
    return stream
  }
}

/// A command line: `--key value`, `--key=value`, and switches without a value.
struct CommandWords {
  private(set) var values: [(key: String, value: String)] = []
  private(set) var switches: Set<String> = []

  init(_ words: [String], switches known: Set<String> = []) throws(GalleyError) {
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("--"), word.count > 2 else {
        throw GalleyError(.usage, "can't use '\(word)'", why: "it is no flag", remedy: "Flags begin with two dashes.")
      }
      let name = word.dropFirst(2)
      if known.contains(String(name)) {
        switches.insert(String(name))
      } else if let equals = name.firstIndex(of: "=") {
        values.append((String(name[..<equals]), String(name[name.index(after: equals)...])))
      } else if let value = rest.popFirst() {
        values.append((String(name), value))
      } else {
        throw GalleyError(.usage, "can't use '\(word)'", why: "its value is missing")
      }
    }
  }
}
