// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials

/// How far a pairing is, on the agent's side.
enum PairingStage: Sendable {
  /// The agent's program is asked whether it may begin.
  case asked
  /// The agent has committed to its nonce.
  case committed(own: Digest)
  /// Both have committed, and the agent has shown its nonce.
  case revealed(own: Digest, commitment: Digest)
  /// Two persons compare.
  case comparing(until: Duration, hostConfirmed: Bool, agentConfirmed: Bool)
  /// The program stores the host's certificate.
  case storing(until: Duration)
  /// It is stored.
  case stored

  var until: Duration? {
    switch self {
    case .comparing(let until, _, _), .storing(let until): until
    default: nil
    }
  }

  var wasOpened: Bool {
    if case .asked = self { return false }
    return true
  }

  var isStored: Bool {
    if case .stored = self { return true }
    return false
  }
}

/// How an agent comes to know a host.
extension AgentSession {
  mutating func take(_ preamble: Preamble) throws(ProtocolViolation) {
    core.send([Preamble().bytes])
    stage = .hello
    guard preamble.common(with: Preamble()) != nil else {
      let versions = preamble.versions
      return finish(
        SessionEnd(
          .version,
          "the host speaks versions \(versions.lowerBound) to \(versions.upperBound), the agent \(Preamble.version)"))
    }
  }

  mutating func takeHandshake(_ type: FrameType, _ payload: Data) throws(ProtocolViolation) {
    switch (stage, type) {
    case (.hello, .hello): try takeHello(payload)
    case (.prove(let host), .prove): try takeProof(payload, host)
    case (.pairing(let pairing), .commit), (.pairing(let pairing), .reveal), (.pairing(let pairing), .confirm):
      try takePairing(pairing, type, payload)
    case (.ready, .goodbye):
      guard goodbye == nil || isLeaving else { throw ProtocolViolation("a second goodbye") }
      let seconds = try payload.uint32()
      // The host ends the session; a little longer, and the agent does.
      goodbye = goodbye ?? core.now + .seconds(Int(seconds)) + core.times.hostGrace
      core.tell(.goodbye(seconds: seconds))
    default: throw ProtocolViolation("a \(type) frame comes where it can't")
    }
  }

  private mutating func takeHello(_ payload: Data) throws(ProtocolViolation) {
    let hello = try ProtocolJSON.decode(Hello.self, from: payload, as: "a hello")
    guard hello.nonce != identity.nonce else { throw ProtocolViolation("the host gives the agent's nonce back") }
    let own = Hello(
      name: identity.name, version: identity.version, nonce: identity.nonce, ways: trust.ways(on: identity.channel))
    guard let text = try? ProtocolJSON.encode(own), text.count <= FrameLimits.hello else {
      return finish(SessionEnd(.internalError, "the agent's name is too long"))
    }
    core.send(OutgoingFrame.message(.hello, text))
    stage = .prove(host: hello.nonce)
  }

  private mutating func takeProof(_ payload: Data, _ host: Digest) throws(ProtocolViolation) {
    let prove = try ProvePayload(payload)
    let channel = identity.channel
    guard trust.ways(on: channel).contains(prove.way) else { return refuse() }
    switch prove.way {
    case .certificate:
      guard let certificate = channel.hostCertificate, trust.hosts.contains(certificate) else { return refuse() }
      becomeReady(.certificate(certificate), proof: nil)
    case .local: becomeReady(.local, proof: nil)
    case .token:
      // All are compared, so that the time tells nothing.
      let matches = trust.tokens.indices.filter { index in
        let expected = trust.tokens[index].proof(of: .host, host: host, agent: identity.nonce, channel)
        return MessageAuthentication.areEqual(expected, prove.proof)
      }
      guard let index = matches.first else { return refuse() }
      let proof = trust.tokens[index].proof(of: .agent, host: host, agent: identity.nonce, channel)
      becomeReady(.token(index), proof: proof)
    case .pairing:
      core.allowPairingTime()
      stage = .pairing(.asked)
      core.tell(.pairingAsked)
    }
  }

  /// A wrong proof is answered late, so that trying many takes long.
  private mutating func refuse() { stage = .refusing(at: core.now + core.times.refusal) }

  private mutating func becomeReady(_ host: HostIdentity, proof: Digest?) {
    guard let text = try? ProtocolJSON.encode(welcome), text.count + 32 <= FrameLimits.text else {
      return finish(SessionEnd(.internalError, "what the agent can do is too long"))
    }
    core.send(OutgoingFrame.message(.welcome, Data(proof?.bytes ?? [UInt8](repeating: 0, count: 32)) + text))
    stage = .ready
    core.becomeReady()
    core.tell(.ready(host))
  }
}
