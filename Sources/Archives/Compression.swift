// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CZlib

/// Deflate and the checksum of zip, gzip and PNG, by the system's zlib.
public enum Compression {
  /// What is around the compressed data.
  public enum Wrapping: CInt, Sendable {
    /// Nothing (RFC 1951), as in zip.
    case raw = -15
    /// zlib's (RFC 1950), as in PNG.
    case zlib = 15
    /// gzip's (RFC 1952).
    case gzip = 31
  }

  /// The CRC-32 of bytes.
  public static func crc32(_ bytes: UnsafeRawBufferPointer, from start: UInt32 = 0) -> UInt32 {
    guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return start }
    return UInt32(truncatingIfNeeded: CZlib.crc32_z(UInt(start), base, bytes.count))
  }

  /// Compresses bytes.
  /// - Parameter level: from 0 (not at all) to 9.
  /// - Returns: `nil` if zlib refuses.
  public static func deflate(_ bytes: [UInt8], wrapping: Wrapping, level: Int = 6) -> [UInt8]? {
    var stream = z_stream()
    guard
      deflateInit2_(
        &stream, CInt(level), Z_DEFLATED, wrapping.rawValue, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        CInt(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { deflateEnd(&stream) }
    guard bytes.count < Int(UInt32.max) else { return nil }
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
    var input = bytes
    let status = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(clamping: output.count)
        return CZlib.deflate(&stream, Z_FINISH)
      }
    }
    guard status == Z_STREAM_END else { return nil }
    return Array(output.prefix(Int(stream.total_out)))
  }

  /// Decompresses bytes.
  /// - Throws: `ArchiveProblem` if they are damaged, end early, or become more than `limit` bytes.
  public static func inflate(
    _ bytes: UnsafeRawBufferPointer, wrapping: Wrapping, limit: Int
  ) throws(ArchiveProblem) -> [UInt8] {
    var output: [UInt8] = []
    try inflate(bytes, wrapping: wrapping, limit: limit) { output.append(contentsOf: $0) }
    return output
  }

  /// Decompresses bytes piece by piece. Of gzip several streams may follow each other.
  /// - Throws: `ArchiveProblem` if they are damaged, end early, or become more than `limit` bytes.
  public static func inflate(
    _ bytes: UnsafeRawBufferPointer, wrapping: Wrapping, limit: Int, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(ArchiveProblem) {
    var stream = z_stream()
    guard inflateInit2_(&stream, wrapping.rawValue, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw ArchiveProblem("zlib can't begin")
    }
    defer { inflateEnd(&stream) }
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 64)
    defer { piece.deallocate() }
    var total = 0
    var place = 0
    while true {
      let (count, taken, status) = step(&stream, bytes, place, piece)
      place += taken
      total += count
      guard total <= limit else { throw ArchiveProblem("it decompresses to more than \(limit) bytes") }
      if count > 0 { body(UnsafeRawBufferPointer(rebasing: piece[..<count])) }
      if status == Z_STREAM_END {
        guard wrapping == .gzip, place < bytes.count, bytes[place] == 0x1F else { return }
        guard inflateReset(&stream) == Z_OK else { throw ArchiveProblem("zlib can't go on") }
        continue
      }
      guard status == Z_OK else {
        let isCut = status == Z_BUF_ERROR && place >= bytes.count
        throw ArchiveProblem(isCut ? "the compressed data ends too early" : "the compressed data is damaged")
      }
    }
  }

  private static func step(
    _ stream: inout z_stream, _ bytes: UnsafeRawBufferPointer, _ place: Int, _ piece: UnsafeMutableRawBufferPointer
  ) -> (Int, Int, CInt) {
    let available = min(bytes.count - place, 1 << 24)
    stream.next_in = bytes.baseAddress.map {
      UnsafeMutablePointer(mutating: ($0 + place).assumingMemoryBound(to: UInt8.self))
    }
    stream.avail_in = UInt32(available)
    stream.next_out = piece.bindMemory(to: UInt8.self).baseAddress
    stream.avail_out = UInt32(piece.count)
    let status = CZlib.inflate(&stream, Z_NO_FLUSH)
    return (piece.count - Int(stream.avail_out), available - Int(stream.avail_in), status)
  }
}
