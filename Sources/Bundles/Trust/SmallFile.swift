// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Glibc

/// Files that are read whole, because they are small.
enum SmallFile {
  /// The bytes of a file, or what begins it if it is larger than it may be; devices without an end are no trap.
  static func read(_ path: String, atMost limit: Int) throws(FileError) -> Data {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(.read, path) }
    defer { close(descriptor) }
    var data = Data()
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while data.count < limit {
      let count = Glibc.read(descriptor, &piece, min(piece.count, limit - data.count))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileError(.read, path) }
      if count == 0 { break }
      data.append(contentsOf: piece[..<count])
    }
    return data
  }
}
