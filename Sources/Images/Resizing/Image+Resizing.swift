// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Image {
  /// The image, or a part of it, in another size.
  ///
  /// With antialiasing, 8-bit results are equal to Pillow's `Image.resize`, or to torchvision's `v2.Resize` on uint8, to
  /// the bit; without it, to torchvision's. RGBA is resized with colours multiplied by their opacity, as Pillow does.
  /// `nearest` is Pillow's. 16-bit samples are resized in double precision and rounded once.
  /// - Parameters:
  ///   - size: the size of the result.
  ///   - box: the part that is resized; `nil`: all of it.
  ///   - antialias: whether the kernel grows with the scale when an image shrinks.
  ///   - arithmetic: whose last bit the result has; without antialiasing, always PyTorch's.
  /// - Throws: `ImageError` if a size is not positive or the box lies outside.
  public func resized(
    to size: PixelSize, box: PixelBox? = nil, kernel: ResizeKernel = .bilinear, antialias: Bool = true,
    arithmetic: ResizeArithmetic = .pillow
  ) throws(ImageError) -> Image {
    let plan = try ResizePlan(
      PixelSize(width: width, height: height), channels: channels, to: size, box: box, kernel: kernel,
      antialias: antialias, arithmetic: arithmetic)
    if kernel == .nearest { return picked(size, box: box, columns: 0..<size.width, rows: 0..<size.height) }
    if plan.changesNothing { return self }
    guard depth == .eight else {
      return deeplyResized(
        size, box: box, kernel: kernel, antialias: antialias, isHeightFirst: plan.isHeightFirst)
    }
    let source = format == .rgba ? multipliedByOpacity : self
    let result = Image.filled(size.width, size.height, format) { output in
      source.bytes.withUnsafeBufferPointer { bytes in
        guard let bytes = bytes.baseAddress, let output = output.baseAddress else { return }
        plan.resize(bytes, into: output)
      }
    }
    return format == .rgba ? result.dividedByOpacity : result
  }

  /// Some columns and rows of the image in another size, by the nearest pixels.
  func picked(_ size: PixelSize, box: PixelBox? = nil, columns: Range<Int>, rows: Range<Int>) -> Image {
    let columns = NearestPick(
      source: width, box: (box?.left ?? 0)...(box?.right ?? Float(width)), target: size.width, window: columns,
      depth: depth)
    let rows = NearestPick(
      source: height, box: (box?.top ?? 0)...(box?.bottom ?? Float(height)), target: size.height, window: rows,
      depth: depth)
    let pixel = channels * depth.byteCount
    return Image.filled(columns.places.count, rows.places.count, format, depth) { output in
      bytes.withUnsafeBufferPointer { bytes in
        var place = 0
        for row in rows.places {
          for column in columns.places {
            let source = (row * width + column) * pixel
            for byte in 0..<pixel { output[place + byte] = bytes[source + byte] }
            place += pixel
          }
        }
      }
    }
  }

  /// RGBA with colours multiplied by their opacity, rounded as Pillow rounds.
  private var multipliedByOpacity: Image {
    mappingPixels { pixel in
      let alpha = UInt32(pixel[3])
      for channel in 0..<3 {
        let product = UInt32(pixel[channel]) * alpha + 128
        pixel[channel] = UInt8(truncatingIfNeeded: (product >> 8 + product) >> 8)
      }
    }
  }

  private var dividedByOpacity: Image {
    mappingPixels { pixel in
      let alpha = UInt32(pixel[3])
      guard alpha != 0, alpha != 255 else { return }
      for channel in 0..<3 { pixel[channel] = UInt8(min(255, 255 * UInt32(pixel[channel]) / alpha)) }
    }
  }

  /// The image with each pixel changed in place.
  func mappingPixels(_ change: (UnsafeMutablePointer<UInt8>) -> Void) -> Image {
    var image = self
    let (count, step) = (width * height, channels * depth.byteCount)
    image.bytes.withUnsafeMutableBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      for pixel in 0..<count { change(base + pixel * step) }
    }
    return image
  }
}
