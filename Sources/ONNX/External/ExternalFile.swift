// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Glibc

/// An open file with tensors' data.
final class ExternalFile {
  let size: Int
  private let descriptor: Int32
  private let name: String

  /// - Throws: `ONNXError` if the file can't be opened or is not a regular one.
  init(_ path: String, _ name: String, for tensor: String) throws(ONNXError) {
    // A pipe would make the call wait for whoever writes.
    descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    self.name = name
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      if descriptor >= 0 { close(descriptor) }
      throw .external(
        .unreadableFile, tensor, "its data lie in '\(name)', which is not a regular file or may not be read",
        "check the file and its permissions")
    }
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Reads a range that lies within the file.
  func read(_ offset: Int, _ length: Int, for tensor: String) throws(ONNXError) -> Data {
    var data = Data(count: length)
    var done = 0
    data.withUnsafeMutableBytes { buffer in
      while done < length {
        let count = pread(descriptor, buffer.baseAddress?.advanced(by: done), length - done, offset + done)
        if count > 0 { done += count } else if count == 0 || errno != EINTR { return }
      }
    }
    guard done == length else {
      throw .external(
        .unreadableFile, tensor, "'\(name)' gave \(done) of its \(length) bytes", "copy the file again")
    }
    return data
  }
}
