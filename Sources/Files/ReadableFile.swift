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
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceLength, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError(.read, path)
      }
      if count == 0 { return }
      body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
}
