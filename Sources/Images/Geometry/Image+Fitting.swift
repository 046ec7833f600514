// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Image {
  /// The image in the fixed size that `fit` describes.
  /// - Throws: `ImageError` as ``ImageFit/placement(of:)`` and ``resized(to:box:kernel:antialias:)``.
  public func fitted(_ fit: ImageFit) throws(ImageError) -> Image {
    let placement = try fit.placement(of: PixelSize(width: width, height: height))
    if fit.kernel != .nearest, format == .rgba || depth != .eight {
      var image = try resized(
        to: placement.resized, kernel: fit.kernel, antialias: fit.antialias, arithmetic: fit.arithmetic)
      if placement.columns.count < image.width || placement.rows.count < image.height {
        image = image.part(placement.columns, placement.rows)
      }
      return try image.placed(placement, padding: fit.padding)
    }
    // It refuses sizes too.
    let plan = try placement.plan(fit, channels: channels)
    // What is cut off is never made: of a long, thin image that is to cover a square it is nearly all.
    if fit.kernel == .nearest {
      return try picked(placement.resized, columns: placement.columns, rows: placement.rows)
        .placed(placement, padding: fit.padding)
    }
    let image = Image.filled(plan.target.width, plan.target.height, format) { output in
      bytes.withUnsafeBufferPointer { bytes in
        guard let bytes = bytes.baseAddress, let output = output.baseAddress else { return }
        plan.resize(bytes, into: output)
      }
    }
    return try image.placed(placement, padding: fit.padding)
  }

  /// The image in the middle of a larger one.
  func placed(_ placement: ImagePlacement, padding: [UInt8]) throws(ImageError) -> Image {
    let result = placement.result
    guard result.width != width || result.height != height else { return self }
    return try padded(
      left: placement.offset.x, top: placement.offset.y, right: result.width - width - placement.offset.x,
      bottom: result.height - height - placement.offset.y, color: padding)
  }
}

extension ImagePlacement {
  /// The resizing that the placement needs.
  func plan(_ fit: ImageFit, channels: Int) throws(ImageError) -> ResizePlan {
    try ResizePlan(
      source, channels: channels, to: resized, window: (columns, rows), kernel: fit.kernel, antialias: fit.antialias,
      arithmetic: fit.arithmetic)
  }
}
