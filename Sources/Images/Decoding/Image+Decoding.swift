// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Image {
  /// Decodes an image file's bytes: JPEG, PNG, WebP and TIFF by libvips, BMP by Galley itself.
  ///
  /// A JPEG of baseline or progressive coding and a PNG of 8 bits give the pixels that Pillow gives, to the bit.
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - name: what an error calls the image.
  /// - Throws: `ImageError`: unknown format, unsupported form, damage with the decoder's words, too large, or no libvips.
  public init(
    decoding bytes: [UInt8], options: DecodingOptions = DecodingOptions(), name: String? = nil
  ) throws(ImageError) {
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(ImageError) in try Self.decode(bytes, options) }
    }
    self = try Self.naming(name, result)
  }

  /// Reads and decodes an image file.
  /// - Throws: `ImageError` that names the file.
  public init(contentsOf path: String, options: DecodingOptions = DecodingOptions()) throws(ImageError) {
    try self.init(decoding: ImageFile.read(path), options: options, name: path)
  }

  static func naming<Value>(_ name: String?, _ result: Result<Value, ImageError>) throws(ImageError) -> Value {
    switch result {
    case .success(let value): return value
    case .failure(let error): throw name.map(error.at) ?? error
    }
  }

  static func decode(
    _ bytes: UnsafeRawBufferPointer, _ options: DecodingOptions
  ) throws(ImageError) -> Image {
    let format = try ImageFile.format(of: bytes)
    if format == .bmp { return try BitmapReader(bytes, limits: options.limits).image.converted(for: options) }
    return try VipsDecoding(format: format, options: options).decode(bytes) { opened throws(VipsFailure) in
      try Self.whole(opened, options).oriented(opened.orientation)
    }
  }

  static func whole(
    _ opened: VipsDecoding.Opened, _ options: DecodingOptions
  ) throws(VipsFailure) -> Image {
    let unpacking = options.unpacking(opened.stored)
    let (width, height) = (opened.image.width, opened.image.height)
    var outcome = Result<Void, VipsFailure>.success(())
    let image = Image.filled(width, height, unpacking.format, unpacking.depth) { output in
      guard let output = output.baseAddress else { return }
      outcome = Result { () throws(VipsFailure) in
        try opened.image.forEachStrip { strip, first, count in
          unpacking.unpack(strip, pixels: width * count, into: output + unpacking.byteCount(width * first))
        }
      }
      // What a failure leaves behind is never seen, but it must be something.
      if case .failure = outcome { output.initialize(repeating: 0, count: unpacking.byteCount(width * height)) }
    }
    try outcome.get()
    return image
  }
}

extension DecodingOptions {
  /// How stored pixels become those that are wanted.
  func unpacking(_ stored: StoredPixels) -> RowUnpacking {
    RowUnpacking(
      stored: stored, format: format ?? stored.format,
      depth: stored.depth == .sixteen && keepsSixteenBits ? .sixteen : .eight)
  }
}

extension Image {
  /// The image in another format.
  public func converted(to format: PixelFormat) -> Image {
    guard format != self.format else { return self }
    let models: [PixelFormat: StoredPixels.Model] = [.gray: .gray, .rgb: .rgb, .rgba: .rgba]
    let stored = StoredPixels(model: models[self.format] ?? .rgb, depth: depth)
    let unpacking = RowUnpacking(stored: stored, format: format, depth: depth)
    return Image.filled(width, height, format, depth) { output in
      bytes.withUnsafeBufferPointer { bytes in
        guard let bytes = bytes.baseAddress, let output = output.baseAddress else { return }
        unpacking.unpack(bytes, pixels: width * height, into: output)
      }
    }
  }

  fileprivate func converted(for options: DecodingOptions) -> Image { converted(to: options.format ?? format) }
}
