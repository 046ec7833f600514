// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Files
internal import FoundationEssentials

/// The six digits that two persons compare.
public struct PairingCode: Sendable, Hashable, CustomStringConvertible {
  /// The number, from 0 to 999999.
  public let number: Int

  /// The digits of both certificates and both nonces.
  package init(host: Digest, agent: Digest, hostCertificate: Digest, agentCertificate: Digest) {
    let message =
      Array("galley pairing code/1".utf8) + host.bytes + agent.bytes + hostCertificate.bytes + agentCertificate.bytes
    let value = Digest(of: Data(message)).bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    number = Int(value % 1_000_000)
  }

  /// The digits in two groups of three.
  public var description: String {
    let text = String(number)
    let digits = String(repeating: "0", count: 6 - text.count) + text
    return "\(digits.prefix(3)) \(digits.suffix(3))"
  }

  /// What a side says of its nonce before it shows it.
  package static func commitment(
    of side: AccessToken.Side, _ nonce: Digest, hostCertificate: Digest, agentCertificate: Digest
  ) -> Digest {
    let message =
      Array("galley pairing \(side.rawValue)/1".utf8) + nonce.bytes + hostCertificate.bytes + agentCertificate.bytes
    return Digest(of: Data(message))
  }
}
