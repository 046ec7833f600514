// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Crypto

/// A SHA-256 of bytes that come piece by piece.
public struct RunningDigest: Sendable {
  private var hash = SHA256()

  /// Of no bytes yet.
  public init() {}

  /// Takes the next bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }

  /// The digest of all bytes so far.
  public func finish() -> Digest { Digest(hash.finalize()) }
}
