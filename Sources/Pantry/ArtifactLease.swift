// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import Galley
internal import Synchronization

/// Keeps an artifact from being removed to make room, until it goes or the process ends, however it ends.
///
/// It is a shared lock on the artifact's file; whoever makes room takes the lock alone first.
public final class ArtifactLease: Sendable {
  /// The artifact.
  public let digest: Digest
  private let lock: FileLock?

  init(_ digest: Digest, _ lock: FileLock?) {
    self.digest = digest
    self.lock = lock
  }
}

/// The leases that a pantry value holds for its user.
final class LeaseShelf: Sendable {
  private let leases = Mutex<[Digest: ArtifactLease]>([:])

  func holds(_ digest: Digest) -> Bool { leases.withLock { $0[digest] != nil } }

  func keep(_ lease: ArtifactLease) { leases.withLock { $0[lease.digest] = lease } }

  func drop(_ digest: Digest) { leases.withLock { $0[digest] = nil } }
}

extension Pantry {
  /// Keeps an artifact or a folder from being removed to make room as long as the result lives; it counts as used now.
  /// - Throws: `GalleyError` if it is not in the pantry.
  public func lease(_ digest: Digest) throws -> ArtifactLease {
    if let lease = takeLease(digest) {
      touch(digest)
      return lease
    }
    guard let lease = takeFolderLease(digest) else { throw missing(digest) }
    touchFolder(digest)
    return lease
  }

  /// Takes a lease; `nil` if the artifact isn't there.
  func takeLease(_ digest: Digest) -> ArtifactLease? {
    // A file that was removed and stored again between two steps is found at the second attempt.
    for _ in 0..<10 {
      do throws(FileError) {
        // Held alone it is about to be removed: waiting takes an instant.
        return ArtifactLease(digest, try FileLock.acquire(path(of: digest), .shared))
      } catch {
        if !contains(digest) { return nil }
      }
    }
    return nil
  }
}
