// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import AgentServer
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc

/// What a person at the device does: `galley-agent pair`, `galley-agent trust` and `galley-agent health`.
enum PersonCommands {
  static func pair(_ words: [String]) throws(GalleyError) {
    signal(SIGPIPE, SIG_IGN)
    let host = try client(words).pair {
      GalleyAgent.say("Hosts may pair now, for ten minutes: run 'galley target pair' on one.\n")
    } agrees: { code in
      ask(code)
    } failed: {
      GalleyAgent.say("That failed. The next attempt has other digits.\n")
    }
    print("paired with \(host)")
  }

  static func health(_ words: [String]) throws(GalleyError) {
    signal(SIGPIPE, SIG_IGN)
    let health = try client(words).health()
    print(
      "\(health.isOK ? "ok" : "ending"): galley-agent \(health.version), \(Int(health.seconds)) s, "
        + "\(health.sessions) sessions, \(health.workers) measuring processes")
    if !health.isOK { throw GalleyError(.unavailable, "the agent takes no hosts", why: "it is ending") }
  }

  static func trust(_ words: [String]) throws(GalleyError) {
    signal(SIGPIPE, SIG_IGN)
    guard let host = words.first.flatMap({ Digest(hex: $0) }) else {
      throw GalleyError(
        .usage, "can't pin a host", why: "its certificate's SHA-256 is missing, or isn't 64 hexadecimal digits",
        remedy: "Give it first: galley-agent trust DIGEST.")
    }
    print("certificate \(try client(Array(words.dropFirst())).trust(host))")
  }

  private static func client(_ words: [String]) throws(GalleyError) -> ControlClient {
    let line = try CommandWords(words)
    if let other = line.values.first(where: { !["configuration", "control", "state-folder"].contains($0.key) }) {
      throw GalleyError(
        .usage, "can't use '--\(other.key)'", why: "there is no such flag",
        remedy: "'--control PATH' says where the agent is, '--configuration FILE' where its settings stand.")
    }
    let environment = ProcessInfo.processInfo.environment
    // Without a word, what the unit of systemd lets the agent use.
    let file =
      line.values.last { $0.key == "configuration" }?.value ?? environment["GALLEY_AGENT_CONFIGURATION"]
      ?? "-/etc/galley-agent.conf"
    let told = try AgentSettings.control(
      flags: line.values.filter { $0.key != "configuration" },
      environment: environment.filter { $0.key.hasPrefix("GALLEY_AGENT_") }, file: file)
    let usual = ["/run/galley-agent/control.sock", "/var/lib/galley-agent/control.sock"]
    return try ControlClient(path: told ?? usual.first { access($0, F_OK) == 0 } ?? usual[0])
  }

  private static func ask(_ code: String) -> Bool {
    GalleyAgent.say("\n    \(code)\n\nDoes the host show the same six digits? (yes/no) ")
    while let answer = readLine() {
      switch answer.lowercased() {
      case "y", "yes": return true
      case "n", "no": return false
      default: GalleyAgent.say("Please answer yes or no: ")
      }
    }
    return false
  }
}
