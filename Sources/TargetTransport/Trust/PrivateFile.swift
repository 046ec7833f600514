// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
package import Galley
internal import Glibc

/// Small files that nobody but their owner may read.
package enum PrivateFile {
  private static let longest = 1 << 20

  /// The file's text; `nil` if there is none.
  package static func read(_ path: String, _ what: String) throws(GalleyError) -> String? {
    // A pipe of that name must not be waited for.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      guard errno == ENOENT else { throw GalleyError(.configuration, what, at: path, why: reason) }
      return nil
    }
    defer { close(descriptor) }
    guard let facts = FileFacts(of: descriptor), facts.kind == .file, facts.byteCount <= longest else {
      throw GalleyError(.configuration, what, at: path, why: "it is no such file")
    }
    guard facts.mode & 0o077 == 0 else {
      throw GalleyError(
        .configuration, what, at: path,
        why: "others may read it: its mode is \(String(facts.mode, radix: 8))",
        remedy: "Run 'chmod 600 \(path)', and make a new one if somebody may have seen it.")
    }
    // A byte more, so that a file that grows meanwhile is noticed.
    var bytes = [UInt8](repeating: 0, count: Int(clamping: facts.byteCount) + 1)
    var length = 0
    while length < bytes.count {
      let count = bytes.withUnsafeMutableBytes { buffer in
        pread(descriptor, buffer.baseAddress?.advanced(by: length), buffer.count - length, off_t(length))
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw GalleyError(.configuration, what, at: path, why: reason) }
      if count == 0 { break }
      length += count
    }
    guard length < bytes.count else {
      throw GalleyError(.tryAgain, what, at: path, why: "it is being written", remedy: "Try again.")
    }
    return String(decoding: bytes.prefix(length), as: UTF8.self)
  }

  /// Makes the file whole, with its folders, unless there is one.
  /// - Returns: whether it was made.
  package static func make(_ path: String, _ text: String, _ what: String) throws(GalleyError) -> Bool {
    let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max))"
    do throws(FileError) {
      try AtomicFile.write(Data(text.utf8), to: temporary, isPrivate: true)
      defer { unlink(temporary) }
      guard link(temporary, path) == 0 else {
        guard errno == EEXIST else { throw FileError(.create, path) }
        return false
      }
      return true
    } catch {
      throw GalleyError(writing: error, what)
    }
  }

  private static var reason: String { String(cString: strerror(errno)) }
}
