// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Reads Windows bitmaps, which libvips has no loader of its own for: 1, 4 and 8 bits with a palette, 16, 24 and 32 bits,
/// run-length coding of 4 and 8 bits. The layout is that of Microsoft's BITMAPFILEHEADER and BITMAPINFOHEADER.
struct BitmapReader {
  private let head: BitmapHead
  private let bytes: UnsafeRawBufferPointer

  /// - Throws: `ImageError`: damaged, unsupported, too large.
  init(_ bytes: UnsafeRawBufferPointer, limits: ImageLimits) throws(ImageError) {
    head = try BitmapHead(bytes)
    try limits.check(width: head.width, height: head.height)
    self.bytes = bytes
  }

  /// The decoded image: gray if its palette is, else RGB, or RGBA if there is a mask for opacity.
  var image: Image {
    get throws(ImageError) {
      if head.isRunLength { return colored(try BitmapRuns(head, bytes).indices()) }
      let (rows, overflow) = head.rowByteCount.multipliedReportingOverflow(by: head.height)
      guard !overflow, bytes.count - head.start >= rows else {
        throw ImageError(
          .damaged,
          "the bmp data can't be decoded: \(max(0, bytes.count - head.start)) bytes of pixels where "
            + "\(rows) are needed")
      }
      return head.bits <= 8 ? colored(indices()) : direct()
    }
  }

  /// Where the bytes of a row of the image begin.
  private func start(ofRow row: Int) -> Int {
    head.start + (head.isTopDown ? row : head.height - 1 - row) * head.rowByteCount
  }

  private func indices() -> [UInt8] {
    let (bits, perByte) = (head.bits, 8 / head.bits)
    let mask = UInt8(truncatingIfNeeded: 1 << bits - 1)
    var indices: [UInt8] = []
    indices.reserveCapacity(head.width * head.height)
    for row in 0..<head.height {
      let start = start(ofRow: row)
      for column in 0..<head.width {
        let shift = 8 - bits * (column % perByte + 1)
        indices.append(bytes[start + column / perByte] >> UInt8(shift) & mask)
      }
    }
    return indices
  }

  private func colored(_ indices: [UInt8]) -> Image {
    let palette = head.palette
    let isGray = palette.allSatisfy { $0.0 == $0.1 && $0.1 == $0.2 }
    let black: (UInt8, UInt8, UInt8) = (0, 0, 0)
    return Image.filled(head.width, head.height, isGray ? .gray : .rgb) { output in
      for (pixel, index) in indices.enumerated() {
        let color = Int(index) < palette.count ? palette[Int(index)] : black
        if isGray {
          output[pixel] = color.0
        } else {
          (output[pixel * 3], output[pixel * 3 + 1], output[pixel * 3 + 2]) = color
        }
      }
    }
  }

  private func direct() -> Image {
    let size = head.bits / 8
    let fields = head.fields
    return Image.filled(head.width, head.height, fields.count == 4 ? .rgba : .rgb) { output in
      var place = 0
      for row in 0..<head.height {
        for column in 0..<head.width {
          var word: UInt32 = 0
          for byte in 0..<size { word |= UInt32(bytes[start(ofRow: row) + column * size + byte]) << UInt32(byte * 8) }
          for field in fields {
            output[place] = field.value(of: word)
            place += 1
          }
        }
      }
    }
  }
}
