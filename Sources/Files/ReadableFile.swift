// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Reading a file in pieces, so that its size does not matter.
enum ReadableFile {
  /// Gives `body` the file's bytes in order, at most `pieceLength` at a time.
  static func read(
    _ path: String, pieceLength: Int, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(.read, path) }
    defer { close(descriptor) }
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceLength, alignment: 4096)
    defer { buffer.deallocate() }
    while true {
      let count = try fill(buffer, from: descriptor, path)
      if count > 0 { body(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
      if count < buffer.count { return }
    }
  }

  /// Fills a buffer; less than its length is read only at the file's end.
  static func fill(
    _ buffer: UnsafeMutableRawBufferPointer, from descriptor: CInt, _ path: String
  ) throws(FileError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = Glibc.read(descriptor, rest.baseAddress, rest.count)
      if count == 0 { break }
      if count < 0, errno != EINTR { throw FileError(.read, path) }
      filled += max(0, count)
    }
    return filled
  }
}
