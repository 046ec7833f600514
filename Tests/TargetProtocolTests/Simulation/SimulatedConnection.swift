// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Statistics
import TargetProtocol

/// A host and an agent, and what lies between.
struct SimulatedConnection {
  var host: SimulatedHost
  var agent: SimulatedAgent
  var upward = SimulatedPipe()
  var downward = SimulatedPipe()
  var random: SeededGenerator
  private(set) var now = Duration.zero
  private(set) var written: (host: Data, agent: Data) = (Data(), Data())

  static let token = AccessToken(Data(0..<32))

  init(
    model: Data, _ device: SimulatedDevice = SimulatedDevice(), seed: UInt64 = 1,
    _ credential: HostCredential? = nil, times: SessionTimes = SessionTimes()
  ) {
    let channel = ChannelFacts()
    let trust = AgentTrust(tokens: [Self.token].compactMap { $0 })
    let credential = credential ?? Self.token.map { .token($0, agent: nil) } ?? .local
    host = SimulatedHost(
      HostSession(Self.identity("host", channel), credential, times: times, at: .zero), model: model)
    agent = SimulatedAgent(
      AgentSession(Self.identity("agent", channel), trust, Self.welcome, times: times, at: .zero), device)
    random = SeededGenerator(seed: seed)
  }

  static func identity(_ name: String, _ channel: ChannelFacts) -> SessionIdentity {
    SessionIdentity(name: name, version: "1.0", nonce: Digest(of: name), channel: channel)
  }

  static let welcome = Welcome(
    capabilities: Capabilities(platform: "linux-x86_64", methods: ["sum"], runtimes: ["onnxruntime": "1.29.0"]),
    limits: AgentLimits(blobBytes: 1 << 30), session: "1")

  /// Runs until both sides have ended.
  /// - Returns: whether they have, within `bound`.
  mutating func run(within bound: Duration = .seconds(400)) -> Bool {
    while now <= bound {
      exchange()
      if host.end != nil, agent.end != nil { return true }
      let times = [
        host.session.nextDeadline, agent.nextTime, upward.nextArrival, downward.nextArrival,
      ].compactMap { $0 }
      guard let next = times.min() else { return false }
      now = max(now, next)
    }
    return false
  }

  private mutating func exchange() {
    if let bytes = upward.pull(at: now, &random) { agent.session.receive(bytes, at: now) }
    if let bytes = downward.pull(at: now, &random) { host.session.receive(bytes, at: now) }
    let fromHost = host.step(at: now)
    written.host += fromHost.reduce(Data(), +)
    upward.push(fromHost, at: now, &random)
    let fromAgent = agent.step(at: now)
    written.agent += fromAgent.reduce(Data(), +)
    downward.push(fromAgent, at: now, &random)
    // A side that has ended closes once the other has read all; a cut is heard after what came before it.
    let isOver = upward.isCut || downward.isCut || host.end != nil || agent.end != nil
    guard isOver else { return }
    if upward.isEmpty { agent.session.disconnect(at: now) }
    if downward.isEmpty { host.session.disconnect(at: now) }
    _ = (agent.step(at: now), host.step(at: now))
  }
}
