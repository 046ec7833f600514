// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc
internal import NIOCore
internal import Synchronization

/// A file that took a body; it is removed with this value. It lies in a folder of its own: what reads it as a part of a
/// data set finds nothing beside it.
final class UploadedFile: Sendable {
  /// What fails if it can't be written.
  static let what = "can't take the body"
  /// What messages to callers call it.
  static let name = "body"

  let path: String
  private let folder: TemporaryFolder
  private let workspace: Workspace
  private let descriptor: CInt
  private let unchecked = Mutex(0)

  /// Bytes after which the disk is looked at again: others fill it too.
  private static let interval = 64 << 20

  init(in workspace: Workspace) throws {
    self.workspace = workspace
    folder = try TemporaryFolder(in: workspace)
    path = "\(folder.path)/\(Self.name)"
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.failure() }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func append(_ portion: ByteBuffer) throws {
    let isDue = unchecked.withLock { unchecked in
      unchecked += portion.readableBytes
      guard unchecked >= Self.interval else { return false }
      unchecked = 0
      return true
    }
    if isDue { try workspace.require(0, Self.what) }
    try portion.withUnsafeReadableBytes { bytes in
      var rest = bytes
      while let base = rest.baseAddress, !rest.isEmpty {
        let count = write(descriptor, base, rest.count)
        guard count > 0 || errno == EINTR else { throw Self.failure() }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(max(0, count)))
      }
    }
  }

  private static func failure() -> GalleyError {
    GalleyError(.cantCreate, what, why: String(cString: strerror(errno)), remedy: "Make room on the server's disk.")
  }
}
