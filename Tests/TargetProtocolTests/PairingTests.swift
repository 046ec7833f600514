// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import TargetProtocol
import Testing

struct PairingTests {
  /// Both sides at the point where two persons compare.
  static func compared(
    hostChannel: ChannelFacts = DirectPair.channel, opens: Bool = true
  ) -> DirectPair {
    var pair = DirectPair(
      .pairing(nonce: Digest(of: "q")), AgentTrust(isPairingOpen: true), hostChannel: hostChannel)
    if opens {
      pair.agent.openPairing(nonce: Digest(of: "p"), at: .zero)
      pair.pump()
    }
    return pair
  }

  static func codes(_ pair: DirectPair) -> (host: PairingCode?, agent: PairingCode?) {
    let host = pair.hostEvents.compactMap { if case .code(let code) = $0 { code } else { nil } }.first
    let agent = pair.agentEvents.compactMap { if case .code(let code) = $0 { code } else { nil } }.first
    return (host, agent)
  }

  @Test(arguments: [true, false])
  func twoPersonsWhoAgreePairBothSides(hostFirst: Bool) {
    var pair = Self.compared()
    let codes = Self.codes(pair)
    #expect(codes.host != nil && codes.host == codes.agent)
    #expect(codes.host?.description.count == 7)
    if hostFirst { pair.host.confirm(true, at: .zero) } else { pair.agent.confirmPairing(true, at: .zero) }
    pair.pump()
    #expect(!pair.agentEvents.contains(.pin(host: DirectPair.certificates.host)))
    if hostFirst { pair.agent.confirmPairing(true, at: .zero) } else { pair.host.confirm(true, at: .zero) }
    pair.pump()
    #expect(pair.agentEvents.last == .pin(host: DirectPair.certificates.host))
    #expect(!pair.hostEvents.contains(.paired(agent: DirectPair.certificates.agent)))
    pair.agent.pairingStored(true, at: .zero)
    pair.pump()
    #expect(pair.hostEvents.last == .paired(agent: DirectPair.certificates.agent))
    #expect(pair.agentEvents.last == .pairingOver(succeeded: true))
    #expect(pair.host.end?.code == .done && pair.agent.end?.code == .done)
  }

  @Test func aManInTheMiddleMakesTheDigitsOrTheCommitmentsDiffer() {
    let middle = ChannelFacts(
      agentCertificate: Digest(of: "middle"), hostCertificate: DirectPair.certificates.host)
    // What the host computes doesn't fit what the agent committed to: both see another certificate.
    let pair = Self.compared(hostChannel: middle)
    #expect(pair.host.end?.code == .pairingRefused)
    // Were the man to commit for each side anew, the digits would differ.
    let (q, p) = (Digest(of: "q"), Digest(of: "p"))
    let certificates = DirectPair.certificates
    let left = PairingCode(
      host: q, agent: p, hostCertificate: certificates.host, agentCertificate: Digest(of: "middle"))
    let right = PairingCode(
      host: q, agent: p, hostCertificate: Digest(of: "middle"), agentCertificate: certificates.agent)
    #expect(left != right)
  }

  @Test func aNoOrSilenceEndsAPairingThatPinsNothing() {
    let steps: [(inout DirectPair) -> Void] = [
      { $0.host.confirm(false, at: .zero) }, { $0.agent.confirmPairing(false, at: .zero) }, { $0.wait(121) },
      { pair in
        pair.host.confirm(true, at: .zero)
        pair.wait(151)
      },
      { $0.host.disconnect(at: .zero) }, { $0.agent.disconnect(at: .zero) },
    ]
    for (index, step) in steps.enumerated() {
      var pair = Self.compared()
      step(&pair)
      pair.pump()
      if index >= 4 {
        pair.host.disconnect(at: .zero)
        pair.agent.disconnect(at: .zero)
        pair.pump()
      }
      #expect(pair.host.end != nil && pair.agent.end != nil, "step \(index)")
      #expect(pair.agentEvents.last == .pairingOver(succeeded: false), "step \(index)")
      #expect(!pair.agentEvents.contains(.pin(host: DirectPair.certificates.host)))
    }
  }

  @Test func aCodeIsGoodForOneAttempt() {
    var first = Self.compared()
    first.host.confirm(false, at: .zero)
    first.pump()
    first.host.confirm(true, at: .zero)
    first.agent.confirmPairing(true, at: .zero)
    first.pump()
    #expect(!first.agentEvents.contains(.pin(host: DirectPair.certificates.host)))
  }

  @Test func whoRevealsAnotherNonceIsRefused() {
    var agent = AgentSession(
      SessionIdentity(name: "a", version: "1", nonce: Digest(of: "agent"), channel: DirectPair.channel),
      AgentTrust(isPairingOpen: true), SimulatedConnection.welcome, at: .zero)
    var pair = Self.compared(opens: false)
    pair.isConnected = false
    agent.receive(pair.written.host, at: .zero)
    agent.openPairing(nonce: Digest(of: "p"), at: .zero)
    let frames =
      OutgoingFrame.message(.commit, Data(Digest(of: "anything").bytes))
      + OutgoingFrame.message(.reveal, Data(Digest(of: "q").bytes))
    agent.receive(frames.reduce(Data(), +), at: .zero)
    #expect(agent.end?.code == .pairingRefused)
  }

  @Test func pairingNeedsToBeOpenAndCertificates() {
    let closed = DirectPair(.pairing(nonce: Digest(of: "q")), AgentTrust(hosts: [Digest(of: "x")]))
    #expect(closed.host.end?.code == .notAuthenticated)
    let bare = DirectPair(
      .pairing(nonce: Digest(of: "q")), AgentTrust(isPairingOpen: true), hostChannel: ChannelFacts())
    #expect(bare.host.end?.code == .pairingRefused)
    #expect(bare.written.host.isEmpty)
  }

  @Test func thePauseDoublesUpToAnHourAndEndsWithSuccess() {
    var gate = PairingGate()
    var (now, pause) = (Duration.zero, Duration.seconds(1))
    for _ in 0..<20 {
      #expect(gate.enter(at: now) == .open)
      #expect(gate.enter(at: now) == .taken)
      gate.leave(succeeded: false, at: now)
      #expect(gate.enter(at: now) == .paused(pause))
      #expect(gate.enter(at: now + pause - .nanoseconds(1)) == .paused(.nanoseconds(1)))
      now += pause
      pause = min(pause * 2, .seconds(3600))
    }
    #expect(gate.enter(at: now) == .open)
    gate.leave(succeeded: true, at: now)
    #expect(gate.enter(at: now) == .open)
    gate.leave(succeeded: false, at: now)
    #expect(gate.enter(at: now) == .paused(.seconds(1)))
  }

  @Test(arguments: [PairingGate.Verdict.taken, .paused(.seconds(63))])
  func aClosedGateIsSaid(_ verdict: PairingGate.Verdict) {
    var pair = Self.compared(opens: false)
    #expect(pair.agentEvents == [.pairingAsked])
    pair.agent.refusePairing(verdict, at: .zero)
    pair.pump()
    #expect(pair.host.end?.code == (verdict == .taken ? .pairingRefused : .pairingPaused))
    // No pairing was opened, so none has failed.
    #expect(pair.agentEvents == [.pairingAsked])
  }
}
