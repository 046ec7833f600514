// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import FoundationEssentials

/// What an agent's program is told of a session.
public enum AgentEvent: Sendable, Hashable {
  /// A host wants to pair: `AgentSession.openPairing(nonce:at:)` or `refusePairing(_:at:)` answers.
  case pairingAsked
  /// These digits are to be compared; `AgentSession.confirmPairing(_:at:)` takes the person's word.
  case code(PairingCode)
  /// Both persons agreed: the host's certificate is to be stored, then `AgentSession.pairingStored(_:at:)` called.
  case pin(host: Digest)
  /// A pairing that was opened has ended; the gate is to be told.
  case pairingOver(succeeded: Bool)
  /// The host is known.
  case ready(HostIdentity)
  /// The host begins nothing new.
  case goodbye(seconds: UInt32)

  /// A method is to be done: `answer` or `fail` ends it.
  case request(stream: UInt32, RequestMessage)
  /// A worker's model is to be run once: `answerRun` or `fail` ends it.
  case run(stream: UInt32, worker: UInt32, inputs: EncodedTensors)
  /// A request is no longer wanted, by the host or because its time is over: it is to be stopped and still ended.
  case cancelled(stream: UInt32)

  /// The host offers a blob: `have`, `want` or `fail` answers.
  case offered(stream: UInt32, Blob)
  /// Bytes of a blob in order, to be written and then `consumed`; after the last, `have` or `fail` ends the upload.
  case received(stream: UInt32, bytes: Data, isEnd: Bool)
  /// The host wants a blob from an offset on: `found` or `fail` answers.
  case fetched(stream: UInt32, Digest, offset: UInt64)
  /// A transfer has ended before its end; what was received may be kept.
  case stopped(stream: UInt32)
}

/// Who a host is, once it is known.
public enum HostIdentity: Sendable, Hashable {
  /// The one with this certificate.
  case certificate(Digest)
  /// One that knows the token at this place of the agent's list.
  case token(Int)
  /// A user of this machine.
  case local
}

/// Whom an agent knows.
public struct AgentTrust: Sendable, Hashable {
  /// The certificates that are pinned.
  public var hosts: Set<Digest>
  /// The tokens that are taken.
  public var tokens: [AccessToken]
  /// Whether users of this machine are taken whom the transport calls local.
  public var takesLocal: Bool
  /// Whether pairing is open.
  public var isPairingOpen: Bool

  /// By default nobody is known.
  public init(
    hosts: Set<Digest> = [], tokens: [AccessToken] = [], takesLocal: Bool = false, isPairingOpen: Bool = false
  ) {
    self.hosts = hosts
    self.tokens = tokens
    self.takesLocal = takesLocal
    self.isPairingOpen = isPairingOpen
  }

  /// The ways that a host on this channel may take.
  func ways(on channel: ChannelFacts) -> [AuthenticationWay] {
    let hasCertificates = channel.agentCertificate != nil && channel.hostCertificate != nil
    return AuthenticationWay.allCases.filter { way in
      switch way {
      case .certificate: channel.hostCertificate != nil
      case .token: !tokens.isEmpty
      case .local: takesLocal && channel.isLocal
      case .pairing: isPairingOpen && hasCertificates
      }
    }
  }
}
