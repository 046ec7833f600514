// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Glibc

/// Bytes of an open archive at their places.
struct ArchiveBytes {
  /// Small enough to stay in a processor's own cache between reading and hashing.
  static let pieceLength = 256 << 10

  private let descriptor: CInt
  private let path: String

  init(_ descriptor: CInt, _ path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// Fills a buffer with the bytes from a place on.
  /// - Throws: `GalleyError` if the file ends before, or can't be read: a medium was pulled out.
  func read(_ buffer: UnsafeMutableRawBufferPointer, at place: Int) throws(GalleyError) {
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = pread(descriptor, rest.baseAddress, rest.count, off_t(place + filled))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let isError = count < 0
        throw GalleyError(
          isError ? .missingInput : .badData, "can't read the bundle", at: path,
          why: isError ? FileError(.read, path).reason : "it ends at byte \(place + filled), and more was expected",
          remedy: isError ? "Check that the medium is still there, then try again." : "Get the bundle again.")
      }
      filled += count
    }
  }

  /// The digest of a part, whose pieces `body` gets on the way.
  func digest(
    _ offset: Int, _ size: Int, _ body: (UnsafeRawBufferPointer) throws(GalleyError) -> Void
  ) throws(GalleyError) -> Digest {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(1, min(size, Self.pieceLength)), alignment: 4096)
    defer { buffer.deallocate() }
    var hash = RunningDigest()
    var done = 0
    while done < size {
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, size - done)])
      try read(piece, at: offset + done)
      hash.update(UnsafeRawBufferPointer(piece))
      try body(UnsafeRawBufferPointer(piece))
      done += piece.count
    }
    return hash.finish()
  }
}
