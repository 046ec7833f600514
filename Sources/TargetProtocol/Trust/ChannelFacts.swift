// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// What a transport knows of the connection: the certificates that TLS showed, or that the other end is of this machine.
public struct ChannelFacts: Sendable, Hashable {
  /// SHA-256 of the agent's certificate in DER, as this side saw it; `nil` without TLS.
  public var agentCertificate: Digest?
  /// SHA-256 of the host's certificate in DER, as this side saw it; `nil` if there is none.
  public var hostCertificate: Digest?
  /// Whether the connection is a Unix socket whose other end the kernel says to be a user who may use the agent.
  public var isLocal: Bool

  /// Describes a connection.
  public init(agentCertificate: Digest? = nil, hostCertificate: Digest? = nil, isLocal: Bool = false) {
    self.agentCertificate = agentCertificate
    self.hostCertificate = hostCertificate
    self.isLocal = isLocal
  }

  /// The 64 bytes that tie a proof to this connection.
  var binding: [UInt8] {
    [agentCertificate, hostCertificate].flatMap { $0?.bytes ?? [UInt8](repeating: 0, count: 32) }
  }
}
