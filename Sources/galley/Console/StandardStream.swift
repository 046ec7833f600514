// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Foundation
internal import Galley
internal import Glibc

/// Standard output and standard error.
///
/// A reader that has gone (`galley … | head`) wants no more: the work goes on, and what is written is dropped. Any other
/// failure, like a full disk, ends the program, since nobody would get its result.
enum StandardStream: Int32 {
  case output = 1
  case error = 2

  func write(_ text: String) { write(Data(text.utf8)) }

  func write(_ data: Data) {
    let code = data.withUnsafeBytes { write($0) }
    guard code != 0, code != EPIPE, self == .output else { return }
    let problem = GalleyError(
      .cantCreate, "can't write the result", at: "standard output", why: String(cString: strerror(code)))
    StandardStream.error.write("galley: \(problem)\n")
    exit(problem.exitCode.rawValue)
  }

  /// Writes all bytes.
  /// - Returns: 0, or the number of the error that kept it from doing so.
  private func write(_ bytes: UnsafeRawBufferPointer) -> Int32 {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(rawValue, rest.baseAddress, rest.count)
      if count > 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
      } else if count < 0, errno == EAGAIN {
        var wanted = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
        poll(&wanted, 1, -1)
      } else if count == 0 || errno != EINTR {
        return count == 0 ? EIO : errno
      }
    }
    return 0
  }
}
