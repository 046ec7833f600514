// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Files
internal import Glibc

/// An advisory lock (`flock`) on a file or a folder, held until this object goes or the process ends, however it ends.
package final class FileLock: Sendable {
  package enum Kind { case shared, exclusive }

  private let descriptor: CInt
  /// Whether it keeps anybody out: not every network file system has such locks.
  let isReal: Bool

  private init(_ descriptor: CInt, isReal: Bool) {
    self.descriptor = descriptor
    self.isReal = isReal
  }

  deinit { close(descriptor) }

  /// Takes the lock.
  ///
  /// A file system without such locks gives one that keeps nobody out; there a store has no leases.
  /// - Parameter waits: whether to wait for whoever holds it.
  /// - Returns: `nil` if it is held elsewhere.
  /// - Throws: `FileError` if the file can't be opened, or has been removed meanwhile.
  package static func acquire(_ path: String, _ kind: Kind, waits: Bool = true) throws(FileError) -> FileLock? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(.read, path) }
    let operation = (kind == .shared ? LOCK_SH : LOCK_EX) | (waits ? 0 : LOCK_NB)
    var isReal = flock(descriptor, operation) == 0
    while !isReal, errno == EINTR { isReal = flock(descriptor, operation) == 0 }
    let isHeld = !isReal && errno == EWOULDBLOCK
    let lock = FileLock(descriptor, isReal: isReal)
    if isHeld { return nil }
    guard lock.isLinked else { throw FileError(.read, path, number: ENOENT) }
    return lock
  }

  /// Locks an open file until it is closed; says whether that is possible where it lies.
  static func take(_ kind: Kind, of descriptor: CInt) -> Bool {
    flock(descriptor, kind == .shared ? LOCK_SH : LOCK_EX) == 0
  }

  /// Whether the file still has a name: it may have been removed between opening and locking.
  private var isLinked: Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_nlink > 0
  }
}
