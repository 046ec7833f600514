// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// What the system says of a file, for rooms where other modules bring a `stat` of their own.
package struct FileStatus: Sendable, Hashable {
  /// What lies there.
  package enum Kind: Sendable { case file, socket, other }

  package let kind: Kind
  /// Who may do what: the lower nine bits of the mode.
  package let permissions: UInt32
  package let byteCount: Int

  /// Asks about a path itself, not about what it links to; `nil`, with `errno` set, if that fails.
  package init?(ofPath path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// Asks about an open file; `nil`, with `errno` set, if that fails.
  package init?(ofDescriptor descriptor: CInt) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFSOCK: kind = .socket
    default: kind = .other
    }
    permissions = UInt32(status.st_mode & 0o777)
    byteCount = Int(status.st_size)
  }
}
