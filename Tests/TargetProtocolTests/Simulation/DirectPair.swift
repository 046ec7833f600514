// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import TargetProtocol

/// A host and an agent side by side: what one writes the other reads at once.
struct DirectPair {
  var host: HostSession
  var agent: AgentSession
  var hostEvents: [HostEvent] = []
  var agentEvents: [AgentEvent] = []
  /// All that either wrote.
  var written: (host: Data, agent: Data) = (Data(), Data())
  /// The same in the order of writing.
  var log: [(fromHost: Bool, bytes: Data)] = []
  var now = Duration.zero
  /// Whether what one writes reaches the other.
  var isConnected = true

  static let certificates = (host: Digest(of: "host certificate"), agent: Digest(of: "agent certificate"))
  static let channel = ChannelFacts(agentCertificate: certificates.agent, hostCertificate: certificates.host)

  init(
    _ credential: HostCredential, _ trust: AgentTrust, hostChannel: ChannelFacts = channel,
    agentChannel: ChannelFacts = channel, nonces: (host: String, agent: String) = ("host", "agent")
  ) {
    host = HostSession(
      SessionIdentity(name: "galley", version: "1.0", nonce: Digest(of: nonces.host), channel: hostChannel),
      credential, at: .zero)
    agent = AgentSession(
      SessionIdentity(name: "galley-agent", version: "1.0", nonce: Digest(of: nonces.agent), channel: agentChannel),
      trust, SimulatedConnection.welcome, at: .zero)
    pump()
  }

  /// A pair whose host is known by its certificate.
  static func ready() -> DirectPair {
    DirectPair(.certificate(agent: certificates.agent), AgentTrust(hosts: [certificates.host]))
  }

  /// Lets both talk until neither has anything to say.
  mutating func pump() {
    while true {
      let (up, down) = (takeHost(), takeAgent())
      if up.isEmpty, down.isEmpty { return }
      guard isConnected else { continue }
      if !up.isEmpty { agent.receive(up, at: now) }
      if !down.isEmpty { host.receive(down, at: now) }
    }
  }

  /// Lets time go by, as far as either side has something to do.
  mutating func wait(_ seconds: Double) {
    let until = now + .seconds(seconds)
    while let next = [host.nextDeadline, agent.nextDeadline].compactMap({ $0 }).min(), next <= until {
      now = max(now, next)
      if host.nextDeadline.map({ $0 <= now }) ?? false { host.tick(at: now) }
      if agent.nextDeadline.map({ $0 <= now }) ?? false { agent.tick(at: now) }
      pump()
    }
    now = until
  }

  private mutating func takeHost() -> Data {
    var bytes = Data()
    for item in host.takeOutput() {
      switch item {
      case .send(let pieces): bytes += pieces.reduce(Data(), +)
      case .event(let event): hostEvents.append(event)
      case .end: break
      }
    }
    written.host += bytes
    if !bytes.isEmpty { log.append((true, bytes)) }
    return bytes
  }

  private mutating func takeAgent() -> Data {
    var bytes = Data()
    for item in agent.takeOutput() {
      switch item {
      case .send(let pieces): bytes += pieces.reduce(Data(), +)
      case .event(let event): agentEvents.append(event)
      case .end: break
      }
    }
    written.agent += bytes
    if !bytes.isEmpty { log.append((false, bytes)) }
    return bytes
  }
}
