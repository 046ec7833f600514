// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
package import Files

/// A secret that a host and an agent share. It never travels; each side proves that it knows it.
public struct AccessToken: Sendable, Hashable {
  /// Least bytes of a secret: what is shorter can be guessed by who hears a proof.
  public static let shortest = 16
  private let secret: Data

  /// Takes a secret of random bytes; `nil` if it is too short.
  public init?(_ secret: Data) {
    guard secret.count >= Self.shortest else { return nil }
    self.secret = secret
  }

  /// A new secret of 32 bytes.
  public static func random(using generator: inout some RandomNumberGenerator) -> (token: AccessToken, secret: Data)? {
    let secret = Data((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
    return AccessToken(secret).map { ($0, secret) }
  }

  /// Which side proves.
  package enum Side: String { case host, agent }

  /// HMAC over the side, both nonces and the channel's certificates: worth nothing in another session, on another
  /// connection, or from the other side.
  package func proof(of side: Side, host: Digest, agent: Digest, _ channel: ChannelFacts) -> Digest {
    let message = Array("galley token \(side.rawValue)/1".utf8) + host.bytes + agent.bytes + channel.binding
    return MessageAuthentication.code(message, key: secret)
  }
}
