// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How a host proves who it is. The numbers stand on the wire.
public enum AuthenticationWay: UInt8, Sendable, Hashable, CaseIterable, Codable {
  /// By the certificate of its TLS connection, which the agent has pinned.
  case certificate = 1
  /// By knowing a token, which never travels.
  case token = 2
  /// By being a process of a user of the same machine whom the kernel names.
  case local = 3
  /// Not yet: two persons compare six digits.
  case pairing = 4
}
