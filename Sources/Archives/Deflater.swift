// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CZlib

/// Compresses bytes that come piece by piece, as Deflate without anything around it (RFC 1951).
final class Deflater {
  /// zlib keeps the address: it must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private var piece = [UInt8](repeating: 0, count: 1 << 16)

  /// - Parameter level: from 0 (not at all) to 9.
  init(level: Int) throws(ArchiveProblem) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard
      deflateInit2_(
        stream, CInt(level), Z_DEFLATED, Compression.Wrapping.raw.rawValue, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        CInt(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw ArchiveProblem("zlib can't begin") }
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  func append(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) throws(ArchiveProblem) {
    var place = 0
    while place < bytes.count {
      let part = UnsafeRawBufferPointer(rebasing: bytes[place..<min(place + 1 << 24, bytes.count)])
      stream.pointee.next_in = UnsafeMutablePointer(mutating: part.bindMemory(to: UInt8.self).baseAddress)
      stream.pointee.avail_in = UInt32(part.count)
      while stream.pointee.avail_in > 0 { _ = try step(Z_NO_FLUSH, &output) }
      place += part.count
    }
  }

  func finish(to output: inout [UInt8]) throws(ArchiveProblem) {
    (stream.pointee.next_in, stream.pointee.avail_in) = (nil, 0)
    while try step(Z_FINISH, &output) != Z_STREAM_END {}
  }

  private func step(_ flush: CInt, _ output: inout [UInt8]) throws(ArchiveProblem) -> CInt {
    let status = piece.withUnsafeMutableBufferPointer { piece in
      stream.pointee.next_out = piece.baseAddress
      stream.pointee.avail_out = UInt32(piece.count)
      return deflate(stream, flush)
    }
    guard status == Z_OK || status == Z_STREAM_END else { throw ArchiveProblem("zlib can't go on") }
    output.append(contentsOf: piece.prefix(piece.count - Int(stream.pointee.avail_out)))
    return status
  }
}
