// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Glibc

/// An open file of which only the beginning is wanted.
struct OpenFile: ~Copyable {
  private let descriptor: CInt

  /// Opens a file; `nil` if that isn't possible.
  init?(path: String) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
  }

  deinit { close(descriptor) }

  /// The first bytes: at most `count`.
  func head(_ count: Int) -> Data {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    bytes.withUnsafeMutableBytes { buffer in
      while filled < count {
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
        let taken = Glibc.read(descriptor, room.baseAddress, room.count)
        if taken < 0, errno == EINTR { continue }
        guard taken > 0 else { return }
        filled += taken
      }
    }
    return Data(bytes.prefix(filled))
  }
}
