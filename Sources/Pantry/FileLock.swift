// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Files
internal import Glibc

/// An advisory lock (`flock`) on a file or a folder, held until this object goes or the process ends, however it ends.
package final class FileLock: Sendable {
  /// How long is waited for whoever holds one: such work takes minutes at most, unless somebody hangs.
  private static let patience = Duration.seconds(600)

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
  /// - Returns: `nil` if it is held elsewhere and isn't waited for.
  /// - Throws: `FileError` if the file can't be opened, has been removed meanwhile, or is held for ten minutes.
  package static func acquire(
    _ path: String, _ kind: AdvisoryLock.Kind, waits: Bool = true
  ) throws(FileError) -> FileLock? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(.read, path) }
    let outcome = AdvisoryLock.take(kind, of: descriptor, within: waits ? patience : .zero)
    let lock = FileLock(descriptor, isReal: outcome == .taken)
    if outcome == .held {
      if waits { throw FileError(.read, path, number: EBUSY) }
      return nil
    }
    guard lock.isLinked else { throw FileError(.read, path, number: ENOENT) }
    return lock
  }

  /// Locks an open file until it is closed; says whether that is possible where it lies.
  static func take(_ kind: AdvisoryLock.Kind, of descriptor: CInt) -> Bool {
    AdvisoryLock.take(kind, of: descriptor, within: patience) == .taken
  }

  /// Whether the file still has a name: it may have been removed between opening and locking.
  private var isLinked: Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_nlink > 0
  }
}
