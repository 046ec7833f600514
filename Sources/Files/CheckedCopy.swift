// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// A copy of a file under a new name, whole and flushed to the disk, with the digest of what was written.
public enum CheckedCopy {
  /// Copies a file; the folders above it are made, and it takes its name when it is whole.
  /// - Parameters:
  ///   - source: the file to copy.
  ///   - path: the new file; an earlier one is replaced.
  ///   - mode: its permissions.
  /// - Throws: `FileError`; nothing is left behind.
  @discardableResult
  public static func make(of source: String, at path: String, mode: UInt32 = 0o444) throws(FileError) -> HashedCopy {
    let folder = AtomicFile.parent(of: path) ?? "."
    try AtomicFile.createFolder(folder)
    let temporary = "\(path).part"
    unlink(temporary)
    let descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw FileError(.create, temporary) }
    defer { close(descriptor) }
    do throws(FileError) {
      let copy = try HashedCopy(of: source, to: descriptor, named: temporary)
      guard fchmod(descriptor, mode_t(mode)) == 0, fsync(descriptor) == 0 else { throw FileError(.write, temporary) }
      guard rename(temporary, path) == 0 else { throw FileError(.replace, path) }
      return copy
    } catch {
      unlink(temporary)
      throw error
    }
  }
}
