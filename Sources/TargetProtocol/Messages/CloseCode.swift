// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Why a session ended. The numbers stand on the wire.
public enum CloseCode: UInt16, Sendable, Hashable, CaseIterable {
  /// Nothing is left to do.
  case done = 0
  /// The other side broke the protocol.
  case violation = 1
  /// The sides have no version in common.
  case version = 2
  /// The other side isn't known, or didn't prove who it is.
  case notAuthenticated = 3
  /// The other side was silent, or too slow.
  case timeout = 4
  /// The agent has as many sessions as it takes.
  case busy = 5
  /// The side that says so ends.
  case shuttingDown = 6
  /// The digits didn't agree, or pairing isn't open.
  case pairingRefused = 7
  /// Pairing was tried too often; the reason says for how long.
  case pairingPaused = 8
  /// A mistake of the side that says so.
  case internalError = 9
  /// The connection ended without a word; never on the wire.
  case cut = 0xFFFF
}
