// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import TargetProtocol
internal import TargetTransport

/// A blob that goes; its file stays open, so that its bytes stay too.
final class BlobDownload: Sendable {
  let byteCount: UInt64
  private let path: String
  private let descriptor: CInt

  init(_ path: String, byteCount: UInt64) throws(RequestFailure) {
    (self.path, self.byteCount) = (path, byteCount)
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw Self.unreadable(errno) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func read(_ count: Int, at offset: UInt64) throws(RequestFailure) -> Data {
    do throws(FileError) {
      let bytes = try FilePiece.read(count, at: offset, of: descriptor, named: path)
      guard bytes.count == count else { throw FileError(.read, path, number: EIO) }
      return bytes
    } catch {
      throw Self.unreadable(error.number)
    }
  }

  private static func unreadable(_ number: CInt) -> RequestFailure {
    RequestFailure(
      .failed, exitCode: .missingInput, what: "can't send a blob", why: String(cString: strerror(number)))
  }
}
