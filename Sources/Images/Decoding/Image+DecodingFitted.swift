// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Image {
  /// Decodes an image file's bytes and fits it into a size, without ever holding the whole image: rows are resized as
  /// they are decoded. The result is the same, to the bit, as decoding first and fitting afterwards.
  /// - Throws: `ImageError` as ``init(decoding:options:name:)`` and ``fitted(_:)``.
  public init(
    decoding bytes: [UInt8], fit: ImageFit, options: DecodingOptions = DecodingOptions(), name: String? = nil
  ) throws(ImageError) {
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(ImageError) in try Self.decode(bytes, fit, options) }
    }
    self = try Self.naming(name, result)
  }

  /// Reads, decodes and fits an image file.
  /// - Throws: `ImageError` that names the file.
  public init(
    contentsOf path: String, fit: ImageFit, options: DecodingOptions = DecodingOptions()
  ) throws(ImageError) {
    try self.init(decoding: ImageFile.read(path), fit: fit, options: options, name: path)
  }

  private static func decode(
    _ bytes: UnsafeRawBufferPointer, _ fit: ImageFit, _ options: DecodingOptions
  ) throws(ImageError) -> Image {
    let format = try ImageFile.format(of: bytes)
    guard format != .bmp, fit.kernel != .nearest else { return try decode(bytes, options).fitted(fit) }
    let decoding = VipsDecoding(format: format, options: options)
    let result = try decoding.decode(bytes) { opened throws(VipsFailure) -> Result<Image, ImageError> in
      let unpacking = options.unpacking(opened.stored)
      let isPlain = opened.orientation == .upright && unpacking.format != .rgba && unpacking.depth == .eight
      var prepared: (ImagePlacement, ResizePlan)?
      do throws(ImageError) {
        let placement = try fit.placement(of: PixelSize(width: opened.image.width, height: opened.image.height))
        let plan = try placement.plan(fit, channels: unpacking.format.channels)
        if isPlain, !plan.isHeightFirst {
          prepared = (placement, plan)
        }
      } catch {
        return .failure(error)
      }
      if let (placement, plan) = prepared {
        let image = try streamed(opened.image, unpacking, plan)
        return Result { () throws(ImageError) in try image.placed(placement, padding: fit.padding) }
      }
      let image = try whole(opened, options).oriented(opened.orientation)
      return Result { () throws(ImageError) in try image.fitted(fit) }
    }
    return try result.get()
  }

  private static func streamed(
    _ image: VipsImage, _ unpacking: RowUnpacking, _ plan: ResizePlan
  ) throws(VipsFailure) -> Image {
    var outcome = Result<Void, VipsFailure>.success(())
    let result = Image.filled(plan.target.width, plan.target.height, unpacking.format) { output in
      guard let output = output.baseAddress else { return }
      plan.withScratch { scratch, middle in
        outcome = Result { () throws(VipsFailure) in
          try narrow(image, unpacking, plan, scratch: scratch, into: middle)
        }
        if case .success = outcome {
          plan.shorten(middle, into: output)
        } else {
          output.initialize(repeating: 0, count: plan.targetByteCount)
        }
      }
    }
    try outcome.get()
    return result
  }

  private static func narrow(
    _ image: VipsImage, _ unpacking: RowUnpacking, _ plan: ResizePlan, scratch: UnsafeMutablePointer<Int16>,
    into middle: UnsafeMutablePointer<UInt8>
  ) throws(VipsFailure) {
    guard !unpacking.isCopy else {
      return try image.forEachStrip { strip, first, count in
        plan.narrow(strip, first: first, count: count, scratch: scratch, into: middle)
      }
    }
    let rows = UnsafeMutablePointer<UInt8>.allocate(
      capacity: unpacking.byteCount(image.width * VipsImage.stripHeight))
    defer { rows.deallocate() }
    try image.forEachStrip { strip, first, count in
      unpacking.unpack(strip, pixels: image.width * count, into: rows)
      plan.narrow(rows, first: first, count: count, scratch: scratch, into: middle)
    }
  }
}
