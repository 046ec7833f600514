// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Glibc

/// The lines of a file, one at a time, however many there are.
struct BodyLines: ~Copyable {
  enum Line: Sendable {
    case text(Data)
    /// It has more bytes than a line may have.
    case tooLong
  }

  /// Bytes that a line may have.
  static let limit = 8 << 20

  private let path: String
  private let descriptor: CInt
  private var buffer = Data()
  private var isAtEnd = false

  private static let portion = 1 << 18

  init(_ path: String) throws(GalleyError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(path) }
  }

  deinit { close(descriptor) }

  /// The next line, without its end; `nil` if there is none.
  mutating func next() throws(GalleyError) -> Line? {
    var seen = 0
    while true {
      if let end = buffer[(buffer.startIndex + seen)...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { buffer = buffer[(end + 1)...] }
        return end - buffer.startIndex > Self.limit ? .tooLong : .text(Data(buffer[..<end]))
      }
      if buffer.count > Self.limit {
        try skip()
        return .tooLong
      }
      seen = buffer.count
      guard try fill() else { break }
    }
    guard !buffer.isEmpty else { return nil }
    defer { buffer = Data() }
    return .text(buffer)
  }

  /// Leaves out the rest of a line.
  private mutating func skip() throws(GalleyError) {
    repeat {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        buffer = buffer[(end + 1)...]
        return
      }
      buffer = Data()
    } while try fill()
  }

  private mutating func fill() throws(GalleyError) -> Bool {
    guard !isAtEnd else { return false }
    var portion = [UInt8](repeating: 0, count: Self.portion)
    var count = read(descriptor, &portion, portion.count)
    while count < 0, errno == EINTR { count = read(descriptor, &portion, portion.count) }
    guard count >= 0 else { throw Self.failure(path) }
    isAtEnd = count == 0
    // A new piece of memory: what was read before is let go.
    buffer = Data(buffer) + portion.prefix(count)
    return count > 0
  }

  private static func failure(_ path: String) -> GalleyError {
    GalleyError(.badData, "can't read the lines", at: path, why: String(cString: strerror(errno)))
  }
}
