// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CZlib

/// Bytes packed by the method Deflate without a header, as in ZIP archives (RFC 1951).
enum Deflated {
  /// The unpacked bytes; `nil` if they are damaged or not `length` many.
  static func unpacked(_ packed: ArraySlice<UInt8>, length: Int) -> [UInt8]? {
    guard packed.count <= Int(UInt32.max), length <= Int(UInt32.max) else { return nil }
    var stream = z_stream()
    // Negative window bits: no header.
    guard inflateInit2_(&stream, -15, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var input = Array(packed)
    // One byte more shows whether there would be more.
    var output = [UInt8](repeating: 0, count: length + 1)
    let status = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        return inflate(&stream, Z_FINISH)
      }
    }
    guard status == Z_STREAM_END, stream.avail_out == 1 else { return nil }
    output.removeLast()
    return output
  }

  /// The CRC-32 of some bytes.
  static func checksum(_ bytes: [UInt8]) -> Int {
    bytes.withUnsafeBufferPointer { buffer in
      Int(crc32(crc32(0, nil, 0), buffer.baseAddress, UInt32(truncatingIfNeeded: buffer.count)))
    }
  }
}
