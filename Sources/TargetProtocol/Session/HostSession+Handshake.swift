// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials

/// How a host and an agent come to know each other.
extension HostSession {
  mutating func begin() {
    let channel = identity.channel
    if let pinned = credential.pinnedAgent, channel.agentCertificate != pinned {
      let found = channel.agentCertificate?.short ?? "none"
      return core.finish(
        SessionEnd(.notAuthenticated, "the agent shows certificate \(found), but \(pinned.short) is pinned"),
        telling: false)
    }
    if case .pairing = credential {
      guard channel.agentCertificate != nil, channel.hostCertificate != nil else {
        return core.finish(SessionEnd(.pairingRefused, "pairing needs certificates on both sides"), telling: false)
      }
      core.allowPairingTime()
    }
    let hello = Hello(name: identity.name, version: identity.version, nonce: identity.nonce)
    guard let text = try? ProtocolJSON.encode(hello), text.count <= FrameLimits.hello else {
      return core.finish(SessionEnd(.internalError, "the program's name is too long"), telling: false)
    }
    core.send([Preamble().bytes] + OutgoingFrame.message(.hello, text))
  }

  mutating func take(_ preamble: Preamble) throws(ProtocolViolation) {
    guard case .preamble = stage else { throw ProtocolViolation("a second preamble") }
    guard preamble.common(with: Preamble()) != nil else {
      let versions = preamble.versions
      return finish(
        SessionEnd(
          .version,
          "the agent speaks versions \(versions.lowerBound) to \(versions.upperBound), this program \(Preamble.version)"
        ))
    }
    stage = .hello
  }

  mutating func takeHandshake(_ type: FrameType, _ payload: Data) throws(ProtocolViolation) {
    switch (stage, type) {
    case (.hello, .hello): try takeHello(payload)
    case (.welcome(let agent), .welcome): try takeWelcome(payload, agent)
    case (.commit, .commit): try takeCommitment(payload)
    case (.reveal(let commitment), .reveal): try takeNonce(payload, commitment)
    case (.paired, .paired):
      core.tell(.paired(agent: certificates.agent))
      finish(SessionEnd(.done, "paired"))
    case (.ready, .goodbye):
      guard goodbye == nil || isLeaving else { throw ProtocolViolation("a second goodbye") }
      let seconds = try payload.uint32()
      // The agent ends the session; a little longer, and this side does.
      goodbye = core.now + .seconds(Int(seconds)) + core.times.hostGrace
      core.tell(.goodbye(seconds: seconds))
    default: throw ProtocolViolation("a \(type) frame comes where it can't")
    }
  }

  private mutating func takeHello(_ payload: Data) throws(ProtocolViolation) {
    let hello = try ProtocolJSON.decode(Hello.self, from: payload, as: "a hello")
    guard hello.nonce != identity.nonce else { throw ProtocolViolation("the agent gives the host's nonce back") }
    let way = credential.way
    guard hello.ways?.contains("\(way)") == true else {
      return finish(SessionEnd(.notAuthenticated, "the agent doesn't know hosts by \(way)"))
    }
    var proof: Digest?
    if case .token(let token, _) = credential {
      proof = token.proof(of: .host, host: identity.nonce, agent: hello.nonce, identity.channel)
    }
    core.send(OutgoingFrame.prove(way, proof))
    if case .pairing = credential {
      stage = .commit
    } else {
      core.expectWelcome()
      stage = .welcome(agent: hello.nonce)
    }
  }

  private mutating func takeWelcome(_ payload: Data, _ agent: Digest) throws(ProtocolViolation) {
    var reader = WireReader(payload)
    let proof = try reader.digest()
    if case .token(let token, _) = credential {
      let expected = token.proof(of: .agent, host: identity.nonce, agent: agent, identity.channel)
      guard MessageAuthentication.areEqual(proof, expected) else {
        return finish(SessionEnd(.notAuthenticated, "the agent doesn't know the token"))
      }
    }
    let welcome = try ProtocolJSON.decode(Welcome.self, from: reader.remaining, as: "a welcome")
    stage = .ready(welcome)
    core.becomeReady()
    core.tell(.ready(welcome))
  }

  // MARK: Pairing

  /// The person's word on the digits.
  public mutating func confirm(_ agrees: Bool, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen, case .person = stage else { return }
    guard agrees else { return finish(SessionEnd(.pairingRefused, "the digits differ")) }
    core.send(OutgoingFrame.message(.confirm))
    stage = .paired
  }

  private var certificates: (host: Digest, agent: Digest) {
    let none = Digest(of: "")
    return (identity.channel.hostCertificate ?? none, identity.channel.agentCertificate ?? none)
  }

  private mutating func takeCommitment(_ payload: Data) throws(ProtocolViolation) {
    guard case .pairing(let nonce) = credential, let commitment = Digest(bytes: payload) else {
      throw ProtocolViolation("a commitment comes where nobody pairs")
    }
    let own = PairingCode.commitment(
      of: .host, nonce, hostCertificate: certificates.host, agentCertificate: certificates.agent)
    core.send(OutgoingFrame.message(.commit, Data(own.bytes)))
    stage = .reveal(commitment: commitment)
  }

  private mutating func takeNonce(_ payload: Data, _ commitment: Digest) throws(ProtocolViolation) {
    guard case .pairing(let nonce) = credential, let other = Digest(bytes: payload) else {
      throw ProtocolViolation("a nonce comes where nobody pairs")
    }
    let (host, agent) = certificates
    let expected = PairingCode.commitment(of: .agent, other, hostCertificate: host, agentCertificate: agent)
    guard MessageAuthentication.areEqual(expected, commitment), other != nonce else {
      return finish(SessionEnd(.pairingRefused, "the agent's nonce isn't the one that it committed to"))
    }
    core.send(OutgoingFrame.message(.reveal, Data(nonce.bytes)))
    stage = .person(until: core.now + core.times.person)
    core.tell(
      .code(PairingCode(host: nonce, agent: other, hostCertificate: host, agentCertificate: agent)))
  }
}
