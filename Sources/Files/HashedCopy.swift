// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// A copy made in one pass, with the SHA-256 of the bytes that were written.
///
/// One thread reads and writes while another hashes, so that on two processors the copy costs hardly more than the
/// slower of the two. Both take the bytes from the same buffer: what was hashed is what was written, even if somebody
/// changes the source meanwhile.
public struct HashedCopy: Sendable, Hashable {
  /// SHA-256 of the bytes written.
  public let digest: Digest
  /// How many bytes were written.
  public let byteCount: Int

  /// Copies a file into one that is open for writing, from its present position on.
  ///
  /// Where the file system can share blocks between files (`FICLONE`), an empty destination that is open for reading
  /// too becomes a clone, and the clone is hashed. A large file is written past the system's cache, if that is
  /// possible: that takes less of the processor, and flushing it at the end takes no time.
  /// - Parameters:
  ///   - source: the file to copy.
  ///   - destination: a descriptor open for writing.
  ///   - path: the destination's name, for errors.
  ///   - progress: receives the number of bytes copied so far, on this thread.
  /// - Throws: `FileError`; the destination then holds a part.
  public init(
    of source: String, to destination: CInt, named path: String, progress: (Int) -> Void = { _ in }
  ) throws(FileError) {
    let descriptor = open(source, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(.read, source) }
    defer { close(descriptor) }
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    var status = stat()
    let isLarge = fstat(descriptor, &status) == 0 && status.st_size >= 64 << 20
    if Self.clone(descriptor, to: destination) {
      try self.init(reading: destination, path, isLarge, progress) { _ throws(FileError) in }
    } else {
      var writer = SequentialWriter(destination, named: path, pastCache: isLarge)
      defer { writer.finish() }
      try self.init(reading: descriptor, source, isLarge, progress) { piece throws(FileError) in
        try writer.write(piece)
      }
    }
  }

  private init(
    reading source: CInt, _ path: String, _ isLarge: Bool, _ progress: (Int) -> Void,
    _ write: (UnsafeRawBufferPointer) throws(FileError) -> Void
  ) throws(FileError) {
    let hashing = HashingThread(pieceLength: isLarge ? 4 << 20 : 128 << 10, pieceCount: 8)
    var count = 0
    do throws(FileError) {
      while true {
        let buffer = hashing.nextBuffer()
        let length = try ReadableFile.fill(buffer, from: source, path)
        let piece = UnsafeRawBufferPointer(rebasing: buffer[..<length])
        hashing.hash(piece)
        try write(piece)
        count += length
        progress(count)
        if length < buffer.count { break }
      }
    } catch {
      _ = hashing.finish()
      throw error
    }
    digest = hashing.finish()
    byteCount = count
  }

  /// Shares the source's blocks with an empty destination; says whether it did.
  private static func clone(_ source: CInt, to destination: CInt) -> Bool {
    // FICLONE of linux/fs.h: _IOW(0x94, 9, int).
    lseek(destination, 0, SEEK_CUR) == 0 && ioctl(destination, 0x4004_9409, source) == 0
      && lseek(destination, 0, SEEK_SET) == 0
  }
}
