// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Files
package import FoundationEssentials
internal import Glibc

/// Bytes of an open file, for who sends them on.
package enum FilePiece {
  /// Reads bytes into memory that nobody cleared before.
  /// - Parameter path: The file's name, for errors.
  /// - Returns: `count` bytes from `offset` on, or fewer if the file ends before.
  package static func read(
    _ count: Int, at offset: UInt64, of descriptor: CInt, named path: String
  ) throws(FileError) -> Data {
    guard count > 0 else { return Data() }
    guard let memory = malloc(count) else { throw FileError(.read, path, number: ENOMEM) }
    var filled = 0
    while filled < count {
      let got = pread(descriptor, memory + filled, count - filled, off_t(clamping: offset) + off_t(filled))
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else {
        let error = FileError(.read, path)
        free(memory)
        throw error
      }
      if got == 0 { break }
      filled += got
    }
    return Data(bytesNoCopy: memory, count: filled, deallocator: .free)
  }
}
