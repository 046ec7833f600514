// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Crypto
internal import Dispatch

/// Computes a SHA-256 beside the thread that gets the bytes; a ring of buffers goes to and fro between the two.
///
/// Unchecked, because the hash is touched on the serial queue only, the place in the ring by the thread that gets the bytes
/// only, and both after `finish` by nobody.
final class HashingThread: @unchecked Sendable {
  private var sha256 = SHA256()
  private let queue = DispatchQueue(label: "galley.hashing")
  private let free = DispatchSemaphore(value: 0)
  private let pieceLength: Int
  private let pieceCount: Int
  private let ring: UnsafeMutableRawBufferPointer
  private var next = 0

  /// Creates a ring of buffers that begin at whole pages.
  init(pieceLength: Int, pieceCount: Int) {
    self.pieceLength = pieceLength
    self.pieceCount = pieceCount
    ring = .allocate(byteCount: pieceLength * pieceCount, alignment: 4096)
    // The semaphore begins at none, because it may not be freed with a lower value than it began with.
    for _ in 0..<pieceCount { free.signal() }
  }

  deinit { ring.deallocate() }

  /// The next buffer of the ring, as soon as its earlier bytes have been hashed.
  func nextBuffer() -> UnsafeMutableRawBufferPointer {
    free.wait()
    defer { next = (next + 1) % pieceCount }
    let start = next * pieceLength
    return UnsafeMutableRawBufferPointer(rebasing: ring[start..<start + pieceLength])
  }

  /// Hashes the beginning of the buffer last given, later and elsewhere; it must stay as it is until it comes again.
  func hash(_ piece: UnsafeRawBufferPointer) {
    let piece = Piece(bytes: piece)
    queue.async { [self] in
      sha256.update(bufferPointer: piece.bytes)
      free.signal()
    }
  }

  /// The digest of everything, when all pieces are hashed. The last call.
  func finish() -> Digest {
    queue.sync { Digest(sha256.finalize()) }
  }

  /// Unchecked, because the ring hands each buffer to one thread at a time.
  private struct Piece: @unchecked Sendable {
    let bytes: UnsafeRawBufferPointer
  }
}
