// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import FoundationEssentials
public import Tensors

/// What a host is told of its session.
public enum HostEvent: Sendable, Hashable {
  /// Pairing: these digits are to be compared; `HostSession.confirm(_:at:)` takes the person's word.
  case code(PairingCode)
  /// Pairing is done: the agent's certificate is to be pinned.
  case paired(agent: Digest)
  /// The agent knows the host; requests may begin.
  case ready(Welcome)
  /// The agent takes nothing new and ends in so many seconds.
  case goodbye(seconds: UInt32)

  /// Something happens with a request.
  case told(stream: UInt32, RequestEvent)
  /// A request is answered.
  case answered(stream: UInt32, AnswerMessage)
  /// A single inference is done.
  case ran(stream: UInt32, nanoseconds: UInt64, outputs: [Tensor])
  /// What was asked for didn't happen.
  case failed(stream: UInt32, RequestFailure)

  /// The agent has the blob; `sent` says whether it had to be sent.
  case stored(stream: UInt32, sent: Bool)
  /// The agent has the blob that was asked for; its bytes follow.
  case found(stream: UInt32, byteCount: UInt64)
  /// Bytes of a blob in order; they are taken note of by `HostSession.consumed(_:of:at:)`.
  case received(stream: UInt32, bytes: Data, isEnd: Bool)
}

/// How a host proves who it is, and how it knows the agent.
public enum HostCredential: Sendable, Hashable {
  /// By its certificate; the agent's is pinned.
  case certificate(agent: Digest)
  /// By a token; the agent's certificate may be pinned too.
  case token(AccessToken, agent: Digest?)
  /// By its user.
  case local
  /// Not yet: by digits and this nonce, which is used once.
  case pairing(nonce: Digest)

  var way: AuthenticationWay {
    switch self {
    case .certificate: .certificate
    case .token: .token
    case .local: .local
    case .pairing: .pairing
    }
  }

  var pinnedAgent: Digest? {
    switch self {
    case .certificate(let agent): agent
    case .token(_, let agent): agent
    case .local, .pairing: nil
    }
  }
}

/// Bytes of a blob that a session wants to send now.
public struct WantedPiece: Sendable, Hashable {
  /// The stream.
  public var stream: UInt32
  /// Where they begin in the blob.
  public var offset: UInt64
  /// How many; none for the end of a blob that is there already.
  public var count: Int
}
