// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// A file that stays open and is read here and there, without being mapped: what was read isn't memory of this process.
package final class OpenedFile: Sendable {
  /// Its name, for errors.
  package let path: String
  /// Its size in bytes when it was opened.
  package let byteCount: Int
  private let descriptor: CInt

  /// Opens a file.
  /// - Throws: `FileError` if it can't be read or is no plain file.
  package init(_ path: String) throws(FileError) {
    // What is no plain file, such as a pipe, must not be waited for.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(.read, path) }
    guard let facts = FileFacts(of: descriptor), facts.kind == .file else {
      close(descriptor)
      throw FileError(.read, path, number: EINVAL)
    }
    (self.path, self.descriptor, byteCount) = (path, descriptor, facts.byteCount)
  }

  deinit { close(descriptor) }

  /// The bytes of a part.
  /// - Throws: `FileError`; `EINVAL` if the part isn't within the file, `EIO` if somebody made it shorter.
  package func bytes(_ part: Range<Int>) throws(FileError) -> [UInt8] {
    guard part.lowerBound >= 0, part.upperBound <= byteCount else { throw FileError(.read, path, number: EINVAL) }
    var failure: CInt = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: part.count) { buffer, initialized in
      while initialized < part.count, let start = buffer.baseAddress {
        let count = pread(
          descriptor, start + initialized, part.count - initialized, off_t(part.lowerBound + initialized))
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          failure = count < 0 ? errno : EIO
          return
        }
        initialized += count
      }
    }
    guard failure == 0 else { throw FileError(.read, path, number: failure) }
    return bytes
  }
}
