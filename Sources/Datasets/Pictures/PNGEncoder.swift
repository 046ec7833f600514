// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Archives

/// Writes 8-bit PNG images (W3C PNG: no filter prediction but "up", one compressed chunk).
public enum PNGEncoder {
  /// The bytes of a PNG file.
  /// - Parameters:
  ///   - pixels: `width × height × channels` values, row by row.
  ///   - channels: 1 (grey), 2 (grey, alpha), 3 (red, green, blue) or 4 (with alpha).
  /// - Returns: `nil` if the count of values or channels is wrong.
  public static func encode(_ pixels: [UInt8], width: Int, height: Int, channels: Int) -> [UInt8]? {
    let colour: [UInt8] = [0, 4, 2, 6]
    guard (1...4).contains(channels), width > 0, height > 0, width <= 1 << 20, height <= 1 << 20,
      pixels.count == width * height * channels
    else { return nil }
    guard let packed = Compression.deflate(filtered(pixels, width * channels, height), wrapping: .zlib) else {
      return nil
    }
    var header = bigEndian(width) + bigEndian(height)
    header += [8, colour[channels - 1], 0, 0, 0]
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + chunk("IDAT", packed)
      + chunk("IEND", [])
  }

  /// Each row after a byte that names its filter: 0 (none) for the first, 2 (difference to the row above) for others.
  private static func filtered(_ pixels: [UInt8], _ stride: Int, _ height: Int) -> [UInt8] {
    var rows: [UInt8] = []
    rows.reserveCapacity((stride + 1) * height)
    for row in 0..<height {
      rows.append(row == 0 ? 0 : 2)
      for place in row * stride..<(row + 1) * stride {
        rows.append(row == 0 ? pixels[place] : pixels[place] &- pixels[place - stride])
      }
    }
    return rows
  }

  private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + content
    return bigEndian(content.count) + body + bigEndian(Int(body.withUnsafeBytes { Compression.crc32($0) }))
  }

  private static func bigEndian(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }
}
