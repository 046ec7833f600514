// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc

/// A file's bytes, or its beginning, read whole: a mapped file could shrink while it is read.
enum FileContents {
  /// All bytes of a regular file.
  /// - Parameters:
  ///   - what: what the file is, in messages: "the model".
  ///   - limit: the most bytes that are read.
  /// - Throws: `GalleyError` if it is missing, no file, too long, or can't be read.
  static func read(_ path: String, _ what: String, limit: Int = .max) throws(GalleyError) -> [UInt8] {
    let (descriptor, size) = try open(path, what)
    defer { close(descriptor) }
    guard size <= limit else {
      throw GalleyError(
        .badData, "can't read \(what)", at: path, why: "it has \(size) bytes, and at most \(limit) are expected",
        remedy: "Check that this is the right file.")
    }
    return try bytes(descriptor, size, path, what)
  }

  /// At most `count` bytes from a regular file's beginning, and its size.
  /// - Throws: `GalleyError` if it is missing, no file, or can't be read.
  static func head(_ path: String, _ what: String, count: Int) throws(GalleyError) -> (bytes: [UInt8], size: Int) {
    let (descriptor, size) = try open(path, what)
    defer { close(descriptor) }
    return (try bytes(descriptor, min(count, size), path, what), size)
  }

  /// Whether there is a regular file at a path.
  static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Whether there is a folder at a path.
  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func open(_ path: String, _ what: String) throws(GalleyError) -> (descriptor: CInt, size: Int) {
    // Without O_NONBLOCK a pipe would wait for a writer.
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw unreadable(path, what, String(cString: strerror(errno))) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw unreadable(path, what, "it is not a regular file")
    }
    return (descriptor, Int(status.st_size))
  }

  private static func bytes(_ descriptor: CInt, _ count: Int, _ path: String, _ what: String) throws(GalleyError)
    -> [UInt8]
  {
    var failure: CInt = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled..<count])
        let number = Glibc.read(descriptor, rest.baseAddress, rest.count)
        if number == 0 { break }
        if number < 0, errno != EINTR {
          failure = errno
          break
        }
        filled += max(0, number)
      }
    }
    guard failure == 0 else { throw unreadable(path, what, String(cString: strerror(failure))) }
    return bytes
  }

  private static func unreadable(_ path: String, _ what: String, _ why: String) -> GalleyError {
    GalleyError(.missingInput, "can't read \(what)", at: path, why: why, remedy: "Check the path.")
  }
}
