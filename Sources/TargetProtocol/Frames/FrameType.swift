// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a frame says. The numbers stand on the wire; `Documentation/target-protocol.md` has each payload.
public enum FrameType: UInt8, Sendable, Hashable, CaseIterable {
  /// Who speaks; the first frame of each side.
  case hello = 0x01
  /// How the host proves who it is.
  case prove = 0x02
  /// The host is known; what the agent can do.
  case welcome = 0x03
  /// Pairing: the digest of a nonce that is still secret.
  case commit = 0x04
  /// Pairing: the nonce.
  case reveal = 0x05
  /// Pairing: the person at the host says that the digits agree.
  case confirm = 0x06
  /// Pairing: both persons said so, and the agent knows the host from now on.
  case paired = 0x07

  /// A method and its parameters.
  case request = 0x10
  /// The result of a request.
  case answer = 0x11
  /// Why a stream ended without what was asked for.
  case failure = 0x12
  /// What happens meanwhile: progress, a log line, statistics, a place in the queue.
  case event = 0x13
  /// The host no longer wants what it asked for.
  case cancel = 0x14
  /// Inputs for one inference.
  case run = 0x15
  /// Outputs of one inference and how long it took.
  case outputs = 0x16

  /// A blob that the sender has: digest and size.
  case offer = 0x20
  /// The blob is wanted, from an offset on.
  case want = 0x21
  /// The blob is there, whole and checked.
  case have = 0x22
  /// The host wants a blob, from an offset on.
  case fetch = 0x23
  /// Bytes of a blob.
  case data = 0x24
  /// How many more bytes may be sent.
  case credit = 0x25

  /// Are you there?
  case ping = 0x30
  /// I am.
  case pong = 0x31
  /// Nothing new is begun; the session ends when what runs has ended.
  case goodbye = 0x32
  /// The last frame, and why.
  case close = 0x33
}

extension FrameType {
  /// Whether the frame belongs to the session as a whole, whose stream is 0.
  var isOfSession: Bool {
    switch self {
    case .hello, .prove, .welcome, .commit, .reveal, .confirm, .paired, .ping, .pong, .goodbye, .close: true
    case .request, .answer, .failure, .event, .cancel, .run, .outputs, .offer, .want, .have, .fetch, .data, .credit:
      false
    }
  }

  /// The bytes that a message of this type may have, over all of its frames.
  var messageLengths: ClosedRange<Int> {
    switch self {
    case .hello: 2...FrameLimits.hello
    case .prove: 33...33
    case .welcome: 34...FrameLimits.text
    case .commit, .reveal: 32...32
    case .confirm, .paired, .cancel, .have: 0...0
    case .request, .answer: 2...FrameLimits.message
    case .failure, .event: 2...FrameLimits.text
    case .run: 8...FrameLimits.message
    case .outputs: 12...FrameLimits.message
    case .offer: 40...40
    case .want: 12...12
    case .fetch: 44...44
    case .data: 0...FrameLimits.frame
    case .credit, .goodbye: 4...4
    case .ping, .pong: 8...8
    case .close: 2...FrameLimits.close
    }
  }

  /// Whether a message of this type may be cut into several frames.
  var maySpanFrames: Bool {
    switch self {
    case .request, .answer, .run, .outputs: true
    default: false
    }
  }

  /// Whether a frame of this type may stand between two frames of a longer message.
  var mayInterrupt: Bool {
    switch self {
    case .data, .credit, .cancel, .ping, .pong, .close: true
    default: false
    }
  }
}

/// Bounds that both sides keep, in bytes.
public enum FrameLimits {
  /// A frame's header.
  public static let header = 12
  /// A frame's payload.
  public static let frame = 1 << 18
  /// A message of several frames.
  public static let message = 1 << 24
  /// A frame of JSON that isn't a request or an answer.
  public static let text = 1 << 16
  /// What a side says of itself before it knows the other.
  public static let hello = 1 << 12
  /// The reason at the end.
  public static let close = 1 << 10
  /// Streams that are open at once in a session.
  public static let streams = 64
  /// Bytes that a side may be allowed to send on a stream without another word of the receiver.
  public static let credit = 1 << 28
  /// A blob's size.
  public static let blob: UInt64 = 1 << 40
}
