// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Image {
  /// The image, or a part of it, in another size.
  ///
  /// With antialiasing, 8-bit results are equal to Pillow's `Image.resize`, to the bit; RGBA is resized with colours
  /// multiplied by their opacity, as Pillow does. With and without it, results are within 1 of 255 (bilinear) and 2 of
  /// 255 (bicubic) of torchvision's `v2.Resize` on uint8. `nearest` is Pillow's.
  /// - Parameters:
  ///   - size: the size of the result.
  ///   - box: the part that is resized; `nil`: all of it.
  ///   - antialias: whether the kernel grows with the scale when an image shrinks.
  /// - Throws: `ImageError` if a size is not positive, the box lies outside, or samples have 16 bits.
  public func resized(
    to size: PixelSize, box: PixelBox? = nil, kernel: ResizeKernel = .bilinear, antialias: Bool = true
  ) throws(ImageError) -> Image {
    guard depth == .eight else {
      throw ImageError(.unsupported, "an image with 16-bit samples can't be resized", remedy: "Decode it to 8 bits.")
    }
    let plan = try ResizePlan(
      PixelSize(width: width, height: height), channels: channels, to: size, box: box, kernel: kernel,
      antialias: antialias)
    if kernel == .nearest { return picked(size, box: box) }
    if plan.changesNothing { return self }
    let source = format == .rgba ? multipliedByOpacity : self
    let result = Image.filled(size.width, size.height, format) { output in
      source.bytes.withUnsafeBufferPointer { bytes in
        guard let bytes = bytes.baseAddress, let output = output.baseAddress else { return }
        plan.resize(bytes, into: output)
      }
    }
    return format == .rgba ? result.dividedByOpacity : result
  }

  private func picked(_ size: PixelSize, box: PixelBox?) -> Image {
    let columns = NearestPick(
      source: width, box: (box?.left ?? 0)...(box?.right ?? Float(width)), target: size.width, window: 0..<size.width)
    let rows = NearestPick(
      source: height, box: (box?.top ?? 0)...(box?.bottom ?? Float(height)), target: size.height,
      window: 0..<size.height)
    return Image.filled(size.width, size.height, format) { output in
      bytes.withUnsafeBufferPointer { bytes in
        var place = 0
        for row in rows.places {
          for column in columns.places {
            let source = (row * width + column) * channels
            for channel in 0..<channels { output[place + channel] = bytes[source + channel] }
            place += channels
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
