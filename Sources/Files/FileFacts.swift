// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// What the system says of a file.
package struct FileFacts: Sendable, Hashable {
  /// What it is.
  package enum Kind: Sendable { case file, folder, socket, other }

  /// What it is.
  package let kind: Kind
  /// Who may do what: the nine lowest bits of its mode.
  package let mode: UInt32
  /// Its size in bytes.
  package let byteCount: Int

  /// The facts of what is at a path; `nil` if nothing can be seen there. A link is looked at itself.
  package init?(at path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// The facts of an open file.
  package init?(of descriptor: CInt) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  /// The size of the file that a path leads to, in bytes.
  /// - Throws: `FileError` if nothing can be seen there.
  package static func byteCount(of path: String) throws(FileError) -> UInt64 {
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError(.read, path) }
    return UInt64(clamping: status.st_size)
  }

  /// Whether a path leads, without following a link, to an open file: somebody may have removed or replaced the file
  /// since.
  package static func leads(_ path: String, to descriptor: CInt) -> Bool {
    var (ours, named) = (stat(), stat())
    guard fstat(descriptor, &ours) == 0, lstat(path, &named) == 0 else { return false }
    return (ours.st_dev, ours.st_ino) == (named.st_dev, named.st_ino)
  }

  private init(_ status: stat) {
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFSOCK: .socket
      default: .other
      }
    mode = UInt32(status.st_mode & 0o777)
    byteCount = Int(status.st_size)
  }
}
