// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Writing to an open file.
enum WritableFile {
  /// Writes all bytes, however often the system takes only a part.
  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt, _ path: String) throws(FileError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError(.write, path)
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }
}

/// Writes a file from its beginning to its end, past the system's cache where that is wanted and possible.
///
/// Past the cache go only whole blocks from aligned buffers; the file's last bytes take the ordinary way.
struct SequentialWriter {
  private let descriptor: CInt
  private let path: String
  private let flags: CInt
  private var isPastCache = false

  /// Bytes that every disk's block is a divisor of.
  private static let alignment = 4096

  /// O_DIRECT of <fcntl.h>, which Swift does not see.
  private static var direct: CInt? {
    #if arch(x86_64) || arch(i386) || arch(riscv64)
      0x4000
    #elseif arch(arm64) || arch(arm)
      0x10000
    #else
      nil
    #endif
  }

  init(_ descriptor: CInt, named path: String, pastCache: Bool) {
    self.descriptor = descriptor
    self.path = path
    flags = fcntl(descriptor, F_GETFL)
    guard pastCache, flags >= 0, let direct = Self.direct, lseek(descriptor, 0, SEEK_CUR) == 0 else { return }
    isPastCache = fcntl(descriptor, F_SETFL, flags | direct) == 0
  }

  /// Writes the next bytes; all but the last piece must be whole blocks.
  mutating func write(_ piece: UnsafeRawBufferPointer) throws(FileError) {
    guard isPastCache else { return try WritableFile.write(piece, to: descriptor, path) }
    let whole = piece.count - piece.count % Self.alignment
    var written = 0
    while written < whole {
      let block = UnsafeRawBufferPointer(rebasing: piece[written..<whole])
      let count = Glibc.write(descriptor, block.baseAddress, block.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 || errno == EINVAL else { throw FileError(.write, path) }
      written += max(0, count)
      // A file system that doesn't want this after all, or took part of a block.
      if count < 0 || written % Self.alignment != 0 { break }
    }
    guard written < piece.count else { return }
    finish()
    try WritableFile.write(UnsafeRawBufferPointer(rebasing: piece[written...]), to: descriptor, path)
  }

  /// Goes back to the ordinary way.
  mutating func finish() {
    guard isPastCache else { return }
    _ = fcntl(descriptor, F_SETFL, flags)
    isPastCache = false
  }
}
