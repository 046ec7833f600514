// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials

/// The agent's side of pairing.
extension AgentSession {
  /// Lets a pairing begin, with a nonce that is used once.
  public mutating func openPairing(nonce: Digest, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen, case .pairing(.asked) = stage, let (host, agent) = certificates else { return }
    let commitment = PairingCode.commitment(of: .agent, nonce, hostCertificate: host, agentCertificate: agent)
    core.send(OutgoingFrame.message(.commit, Data(commitment.bytes)))
    stage = .pairing(.committed(own: nonce))
  }

  /// Refuses a pairing, as the gate says.
  public mutating func refusePairing(_ verdict: PairingGate.Verdict, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen, case .pairing(.asked) = stage else { return }
    switch verdict {
    case .open, .taken: finish(SessionEnd(.pairingRefused, "pairing isn't open, or another host is being paired"))
    case .paused(let pause):
      finish(
        SessionEnd(.pairingPaused, "pairing failed before; it is taken again in \(pause.components.seconds + 1) s"))
    }
  }

  /// The person's word on the digits.
  public mutating func confirmPairing(_ agrees: Bool, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen, case .pairing(.comparing(let until, let hostConfirmed, false)) = stage else { return }
    guard agrees else { return finish(SessionEnd(.pairingRefused, "the digits differ")) }
    compare(until, hostConfirmed: hostConfirmed, agentConfirmed: true)
  }

  /// The host's certificate is stored, or couldn't be.
  public mutating func pairingStored(_ succeeded: Bool, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen, case .pairing(.storing) = stage else { return }
    guard succeeded else {
      return finish(SessionEnd(.internalError, "the agent couldn't store the host's certificate"))
    }
    stage = .pairing(.stored)
    core.send(OutgoingFrame.message(.paired))
  }

  mutating func takePairing(
    _ pairing: PairingStage, _ type: FrameType, _ payload: Data
  ) throws(ProtocolViolation) {
    switch (pairing, type) {
    case (.committed(let own), .commit):
      guard let commitment = Digest(bytes: payload) else { throw ProtocolViolation("a commitment is damaged") }
      core.send(OutgoingFrame.message(.reveal, Data(own.bytes)))
      stage = .pairing(.revealed(own: own, commitment: commitment))
    case (.revealed(let own, let commitment), .reveal):
      try takeNonce(payload, own, commitment)
    case (.comparing(let until, false, let agentConfirmed), .confirm):
      compare(until, hostConfirmed: true, agentConfirmed: agentConfirmed)
    default: throw ProtocolViolation("a \(type) frame comes where it can't")
    }
  }

  private var certificates: (host: Digest, agent: Digest)? {
    guard let host = identity.channel.hostCertificate, let agent = identity.channel.agentCertificate else { return nil }
    return (host, agent)
  }

  private mutating func takeNonce(
    _ payload: Data, _ own: Digest, _ commitment: Digest
  ) throws(ProtocolViolation) {
    guard let nonce = Digest(bytes: payload), let (host, agent) = certificates else {
      throw ProtocolViolation("a nonce is damaged")
    }
    let expected = PairingCode.commitment(of: .host, nonce, hostCertificate: host, agentCertificate: agent)
    guard MessageAuthentication.areEqual(expected, commitment), nonce != own else {
      return finish(SessionEnd(.pairingRefused, "the host's nonce isn't the one that it committed to"))
    }
    stage = .pairing(
      .comparing(until: core.now + core.times.person, hostConfirmed: false, agentConfirmed: false))
    core.tell(.code(PairingCode(host: nonce, agent: own, hostCertificate: host, agentCertificate: agent)))
  }

  private mutating func compare(_ until: Duration, hostConfirmed: Bool, agentConfirmed: Bool) {
    guard hostConfirmed, agentConfirmed, let (host, _) = certificates else {
      stage = .pairing(.comparing(until: until, hostConfirmed: hostConfirmed, agentConfirmed: agentConfirmed))
      return
    }
    stage = .pairing(.storing(until: until))
    core.tell(.pin(host: host))
  }
}
