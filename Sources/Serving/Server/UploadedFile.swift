// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
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
    guard descriptor >= 0 else { throw Self.failure(String(cString: strerror(errno))) }
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
    do {
      try portion.withUnsafeReadableBytes { try AtomicFile.append($0, to: descriptor, named: Self.name) }
    } catch let error as FileError {
      throw Self.failure(error.reason)
    }
  }

  private static func failure(_ why: String) -> GalleyError {
    GalleyError(.cantCreate, what, why: why, remedy: "Make room on the server's disk.")
  }
}
