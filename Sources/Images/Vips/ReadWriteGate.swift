// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Lets many threads in together, or one alone.
///
/// libvips keeps the words of its failures in one text for all threads. Decoding goes in together; what failed is done
/// once more alone, so that the words are its own.
final class ReadWriteGate: Sendable {
  // Allocated once, used only through pthread's own functions, which are safe from any thread.
  nonisolated(unsafe) private let lock: UnsafeMutablePointer<pthread_rwlock_t>

  init() {
    lock = .allocate(capacity: 1)
    lock.initialize(to: pthread_rwlock_t())
    pthread_rwlock_init(lock, nil)
  }

  deinit {
    pthread_rwlock_destroy(lock)
    lock.deallocate()
  }

  func together<Result, Failure>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    pthread_rwlock_rdlock(lock)
    defer { pthread_rwlock_unlock(lock) }
    return try body()
  }

  func alone<Result, Failure>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    pthread_rwlock_wrlock(lock)
    defer { pthread_rwlock_unlock(lock) }
    return try body()
  }
}
