// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc

/// The bytes of a model file in memory of their own: LiteRT reads them as long as the model lives, so that nobody else
/// may change them, and its kernels may read some bytes beyond a constant.
///
/// `@unchecked Sendable`: nothing changes after `init`.
final class LiteRTFileBytes: @unchecked Sendable {
  let raw: UnsafeRawBufferPointer
  private let memory: UnsafeMutableRawBufferPointer

  /// Readable bytes beyond what LiteRT is given.
  static let slack = 64
  /// What LiteRT asks of buffers: a cache line.
  static let alignment = 64

  /// - Throws: `GalleyError` if the file is missing, is none, or can't be read.
  init(path: String) throws(GalleyError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.unreadable(path, String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.unreadable(path, String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw Self.unreadable(path, "it is not a file") }
    let count = Int(status.st_size)
    memory = .allocate(byteCount: count + Self.slack, alignment: Self.alignment)
    memory[count...].initializeMemory(as: UInt8.self, repeating: 0)
    raw = UnsafeRawBufferPointer(rebasing: memory[..<count])
    guard Self.fill(memory, count, from: descriptor) else {
      let reason = errno == 0 ? "it became shorter while it was read" : String(cString: strerror(errno))
      memory.deallocate()
      throw Self.unreadable(path, reason)
    }
  }

  deinit { memory.deallocate() }

  private static func fill(_ memory: UnsafeMutableRawBufferPointer, _ count: Int, from descriptor: CInt) -> Bool {
    var done = 0
    while done < count {
      errno = 0
      let got = read(descriptor, memory.baseAddress.map { $0 + done }, count - done)
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { return false }
      done += got
    }
    return true
  }

  private static func unreadable(_ path: String, _ why: String) -> GalleyError {
    GalleyError(.missingInput, "can't read the model", at: path, why: why)
  }
}
