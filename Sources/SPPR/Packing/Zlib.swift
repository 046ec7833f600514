// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CZlib

/// zlib's format (RFC 1950) by the system's library.
///
/// What a level of compression gives depends on the library: this is zlib's own, as most builds of Python use it.
/// A build against zlib-ng writes other bytes, which read the same.
enum Zlib {
  /// Why bytes can't be inflated.
  struct Problem: Error {
    /// How many bytes had been read.
    var offset: Int
    var why: String
  }

  /// The level that Python's `zlib.compress` takes by itself.
  static let level: CInt = 6

  /// The bytes that were compressed.
  /// - Throws: `Problem` if the stream is damaged, ends early, is followed by more, or inflates to more than `limit`.
  static func inflate(_ input: [UInt8], limit: Int) throws(Problem) -> [UInt8] {
    var stream = z_stream()
    guard inflateInit_(&stream, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw Problem(offset: 0, why: "zlib can't begin: \(message(stream))")
    }
    defer { inflateEnd(&stream) }
    var output: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    var status = Z_OK
    var bytes = input
    var failure: Problem?
    bytes.withUnsafeMutableBufferPointer { buffer in
      stream.next_in = buffer.baseAddress
      stream.avail_in = UInt32(clamping: buffer.count)
      while status == Z_OK, failure == nil {
        let count = step(&stream, &piece, &status)
        output.append(contentsOf: piece.prefix(count))
        if output.count > limit {
          failure = Problem(offset: input.count - Int(stream.avail_in), why: "it inflates to more than \(limit) bytes")
        }
      }
    }
    if let failure { throw failure }
    let offset = input.count - Int(stream.avail_in)
    guard status == Z_STREAM_END else {
      let isCut = status == Z_BUF_ERROR || status == Z_OK
      throw Problem(offset: offset, why: isCut ? "the stream ends too early" : message(stream, status))
    }
    guard stream.avail_in == 0 else { throw Problem(offset: offset, why: "\(stream.avail_in) bytes follow the stream") }
    return output
  }

  /// Inflates into `piece`; gives how many bytes it now holds.
  private static func step(_ stream: inout z_stream, _ piece: inout [UInt8], _ status: inout CInt) -> Int {
    piece.withUnsafeMutableBufferPointer { room in
      stream.next_out = room.baseAddress
      stream.avail_out = UInt32(room.count)
      status = CZlib.inflate(&stream, Z_NO_FLUSH)
      return room.count - Int(stream.avail_out)
    }
  }

  /// The bytes as zlib compresses them at level 6; `nil` if the library refuses.
  static func deflate(_ input: [UInt8]) -> [UInt8]? {
    var count = compressBound(UInt(input.count))
    var output = [UInt8](repeating: 0, count: Int(count))
    guard compress2(&output, &count, input, UInt(input.count), level) == Z_OK else { return nil }
    return Array(output.prefix(Int(count)))
  }

  private static func message(_ stream: z_stream, _ status: CInt = Z_OK) -> String {
    if let text = stream.msg { return String(cString: text) }
    return status == Z_NEED_DICT ? "it needs a dictionary" : "zlib reports \(status)"
  }
}
