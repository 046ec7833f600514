// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Image {
  /// A part of the image.
  /// - Throws: `ImageError` if the part is empty or not inside the image.
  public func cropped(columns: Range<Int>, rows: Range<Int>) throws(ImageError) -> Image {
    guard !columns.isEmpty, !rows.isEmpty, columns.lowerBound >= 0, rows.lowerBound >= 0, columns.upperBound <= width,
      rows.upperBound <= height
    else {
      throw ImageError(
        .invalidArgument, "columns \(columns) and rows \(rows) are no part of an image of \(width) × \(height) pixels")
    }
    return part(columns, rows)
  }

  /// The middle of the image.
  /// - Throws: `ImageError` if the size is larger than the image.
  public func centerCropped(to size: PixelSize) throws(ImageError) -> Image {
    let (x, y) = (Double(width - size.width) / 2, Double(height - size.height) / 2)
    let (left, top) = (Int(x.rounded(.toNearestOrEven)), Int(y.rounded(.toNearestOrEven)))
    guard size.width > 0, size.height > 0 else {
      throw ImageError(.invalidSize, "an image can't be cropped to \(size) pixels")
    }
    return try cropped(columns: left..<left + size.width, rows: top..<top + size.height)
  }

  func part(_ columns: Range<Int>, _ rows: Range<Int>) -> Image {
    let (step, line) = (channels * depth.byteCount, rowByteCount)
    let count = columns.count * step
    return Image.filled(columns.count, rows.count, format, depth) { output in
      bytes.withUnsafeBufferPointer { bytes in
        guard let bytes = bytes.baseAddress, let output = output.baseAddress else { return }
        for (place, row) in rows.enumerated() {
          (output + place * count).update(from: bytes + row * line + columns.lowerBound * step, count: count)
        }
      }
    }
  }

  /// The image with a border of one colour.
  /// - Parameter color: one value for all channels or one for each, of 8 bits; 255 is full in 16 bits too.
  /// - Throws: `ImageError` if a border is negative or the colour doesn't fit.
  public func padded(
    left: Int, top: Int, right: Int, bottom: Int, color: [UInt8]
  ) throws(ImageError) -> Image {
    guard left >= 0, top >= 0, right >= 0, bottom >= 0 else {
      throw ImageError(.invalidArgument, "a border can't be negative: \(left), \(top), \(right), \(bottom)")
    }
    guard color.count == channels || color.count == 1, let first = color.first else {
      throw ImageError(.invalidArgument, "\(color.count) values are no colour of a \(format) image")
    }
    let color = color.count == channels ? color : [UInt8](repeating: first, count: channels)
    var image = try Image(
      width: width + left + right, height: height + top + bottom, format: format, color: color)
    // 16 bits of a value are its 8 bits twice.
    if depth == .sixteen {
      image = Image(sized: image.width, image.height, format, .sixteen, image.bytes.flatMap { [$0, $0] })
    }
    let (line, inner) = (image.rowByteCount, rowByteCount)
    image.bytes.withUnsafeMutableBufferPointer { output in
      bytes.withUnsafeBufferPointer { bytes in
        guard let output = output.baseAddress, let bytes = bytes.baseAddress else { return }
        for row in 0..<height {
          (output + (row + top) * line + left * channels * depth.byteCount).update(
            from: bytes + row * inner, count: inner)
        }
      }
    }
    return image
  }

  /// The image mirrored at its vertical axis.
  public var mirrored: Image { oriented(.mirrored) }
  /// The image upside down, mirrored at its horizontal axis.
  public var flipped: Image { oriented(.flipped) }

  /// The bytes with red and blue exchanged.
  public var blueFirst: [UInt8] {
    guard format != .gray, depth == .eight else { return bytes }
    return mappingPixels { pixel in (pixel[0], pixel[2]) = (pixel[2], pixel[0]) }.bytes
  }

  /// The bytes channel by channel: channels, height, width.
  public var planes: [UInt8] {
    let (count, step, size) = (width * height, channels, depth.byteCount)
    return [UInt8](unsafeUninitializedCapacity: bytes.count) { output, initialized in
      bytes.withUnsafeBufferPointer { bytes in
        for channel in 0..<step {
          for pixel in 0..<count {
            for byte in 0..<size {
              output[(channel * count + pixel) * size + byte] = bytes[(pixel * step + channel) * size + byte]
            }
          }
        }
      }
      initialized = bytes.count
    }
  }
}
