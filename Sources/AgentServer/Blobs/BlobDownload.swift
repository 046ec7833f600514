// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import TargetProtocol

/// A blob that goes; its file stays open, so that its bytes stay too.
final class BlobDownload: Sendable {
  let byteCount: UInt64
  private let descriptor: CInt

  init(_ path: String, byteCount: UInt64) throws(RequestFailure) {
    self.byteCount = byteCount
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw Self.unreadable(errno) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func read(_ count: Int, at offset: UInt64) throws(RequestFailure) -> Data {
    var number: CInt?
    var bytes = Data(count: count)
    bytes.withUnsafeMutableBytes { buffer in
      var filled = 0
      while filled < count {
        let target = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<count])
        let got = pread(descriptor, target.baseAddress, target.count, off_t(clamping: offset) + off_t(filled))
        if got < 0, errno == EINTR { continue }
        guard got > 0 else {
          number = got < 0 ? errno : EIO
          return
        }
        filled += got
      }
    }
    if let number { throw Self.unreadable(number) }
    return bytes
  }

  private static func unreadable(_ number: CInt) -> RequestFailure {
    RequestFailure(
      .failed, exitCode: .missingInput, what: "can't send a blob", why: String(cString: strerror(number)))
  }
}
