// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import FoundationEssentials

/// What a session wants done, in order.
public enum SessionOutput<Event: Sendable>: Sendable {
  /// These bytes are to be written, one after the other.
  case send([Data])
  /// Something happened that the session's user is told.
  case event(Event)
  /// The session is over; nothing follows. The connection is closed once all is written, or after five seconds.
  case end(SessionEnd)
}

/// How a session began and what it is on: facts that its maker knows.
public struct SessionIdentity: Sendable, Hashable {
  /// The program's name.
  public var name: String
  /// The program's version.
  public var version: String
  /// 32 random bytes, used for this session only.
  public var nonce: Digest
  /// What the transport knows.
  public var channel: ChannelFacts

  /// Describes one end of a session.
  public init(name: String, version: String, nonce: Digest, channel: ChannelFacts) {
    self.name = name
    self.version = version
    self.nonce = nonce
    self.channel = channel
  }
}

extension Digest {
  /// 32 random bytes in a digest's form, for nonces.
  public static func random(using generator: inout some RandomNumberGenerator) -> Digest {
    let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
    return Digest(bytes: bytes) ?? Digest(of: "")
  }
}
