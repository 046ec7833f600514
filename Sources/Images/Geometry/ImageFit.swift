// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How an image of any size becomes one of a fixed size.
public struct ImageFit: Sendable, Hashable, Codable {
  /// What happens if the sides have another ratio.
  public enum Rule: String, Sendable, Hashable, Codable, CaseIterable {
    /// The image is stretched.
    case stretch
    /// The image is made to cover the size, and what hangs over is cut off evenly: torchvision's `Resize` of the
    /// shorter side with `CenterCrop`.
    case cover
    /// The image is made to lie inside the size, and the rest is filled: a letterbox.
    case contain
  }

  /// The size that the rule works towards.
  public var size: PixelSize
  /// What happens if the sides have another ratio.
  public var rule: Rule
  /// How pixels are computed.
  public var kernel: ResizeKernel
  /// Whether the kernel grows with the scale when an image shrinks.
  public var antialias: Bool
  /// Whose last bit the result has.
  public var arithmetic: ResizeArithmetic
  /// The colour around a letterboxed image: one value for all channels or one for each.
  public var padding: [UInt8]
  /// A part of the middle that is kept, cut after resizing; `nil`: all of it.
  public var crop: PixelSize?

  /// Creates a fit.
  public init(
    size: PixelSize, rule: Rule = .stretch, kernel: ResizeKernel = .bilinear, antialias: Bool = true,
    padding: [UInt8] = [114], crop: PixelSize? = nil, arithmetic: ResizeArithmetic = .pillow
  ) {
    self.size = size
    self.rule = rule
    self.kernel = kernel
    self.antialias = antialias
    self.padding = padding
    self.crop = crop
    self.arithmetic = arithmetic
  }

  /// The size of every result.
  public var result: PixelSize { crop ?? size }

  private enum CodingKeys: String, CodingKey { case size, rule, kernel, antialias, padding, crop, arithmetic }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      size: try container.decode(PixelSize.self, forKey: .size),
      rule: try container.decodeIfPresent(Rule.self, forKey: .rule) ?? .stretch,
      kernel: try container.decodeIfPresent(ResizeKernel.self, forKey: .kernel) ?? .bilinear,
      antialias: try container.decodeIfPresent(Bool.self, forKey: .antialias) ?? true,
      padding: try container.decodeIfPresent([UInt8].self, forKey: .padding) ?? [114],
      crop: try container.decodeIfPresent(PixelSize.self, forKey: .crop),
      arithmetic: try container.decodeIfPresent(ResizeArithmetic.self, forKey: .arithmetic) ?? .pillow)
  }

  /// Pillow's arithmetic is left out, so that a fit without any has the bytes that it always had.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(size, forKey: .size)
    try container.encode(rule, forKey: .rule)
    try container.encode(kernel, forKey: .kernel)
    try container.encode(antialias, forKey: .antialias)
    try container.encode(padding, forKey: .padding)
    try container.encodeIfPresent(crop, forKey: .crop)
    if arithmetic != .pillow { try container.encode(arithmetic, forKey: .arithmetic) }
  }
}

/// Where an image of one size goes under an ``ImageFit``.
public struct ImagePlacement: Sendable, Hashable {
  /// The size that the whole image is resized to.
  public let resized: PixelSize
  /// The columns of the resized image that are kept.
  public let columns: Range<Int>
  /// The rows of the resized image that are kept.
  public let rows: Range<Int>
  /// Where the kept part begins in the result.
  public let offset: (x: Int, y: Int)
  /// The size of the result.
  public let result: PixelSize
  /// The size of the source.
  public let source: PixelSize

  public static func == (a: ImagePlacement, b: ImagePlacement) -> Bool {
    a.resized == b.resized && a.columns == b.columns && a.rows == b.rows && a.offset == b.offset
      && a.result == b.result && a.source == b.source
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(source)
    hasher.combine(resized)
    hasher.combine(result)
  }

  /// Where a point of the source lies in the result, in pixels.
  public func forward(x: Double, y: Double) -> (x: Double, y: Double) {
    (
      x * Double(resized.width) / Double(source.width) - Double(columns.lowerBound) + Double(offset.x),
      y * Double(resized.height) / Double(source.height) - Double(rows.lowerBound) + Double(offset.y)
    )
  }

  /// Where a point of the result lies in the source, in pixels.
  public func backward(x: Double, y: Double) -> (x: Double, y: Double) {
    (
      (x - Double(offset.x) + Double(columns.lowerBound)) * Double(source.width) / Double(resized.width),
      (y - Double(offset.y) + Double(rows.lowerBound)) * Double(source.height) / Double(resized.height)
    )
  }
}

extension ImageFit {
  /// Where an image of a size goes.
  /// - Throws: `ImageError` if a side is not positive, or the crop is larger than what it is cut from.
  public func placement(of source: PixelSize) throws(ImageError) -> ImagePlacement {
    for size in [source, size, result] where size.width < 1 || size.height < 1 || max(size.width, size.height) > 1 << 20
    {
      throw ImageError(.invalidSize, "an image of \(source) pixels can't be fitted into \(size)")
    }
    let resized = resized(source)
    switch rule {
    case .stretch, .cover:
      guard resized.width >= result.width, resized.height >= result.height else {
        throw ImageError(.invalidSize, "\(result) pixels can't be cut from \(resized)")
      }
      let (x, y) = (Self.middle(resized.width, result.width), Self.middle(resized.height, result.height))
      return ImagePlacement(
        resized: resized, columns: x..<x + result.width, rows: y..<y + result.height, offset: (0, 0), result: result,
        source: source)
    case .contain:
      guard crop == nil || crop == size else {
        throw ImageError(.invalidArgument, "a letterboxed image is not cropped")
      }
      return ImagePlacement(
        resized: resized, columns: 0..<resized.width, rows: 0..<resized.height,
        offset: ((size.width - resized.width) / 2, (size.height - resized.height) / 2), result: size, source: source)
    }
  }

  private func resized(_ source: PixelSize) -> PixelSize {
    let (x, y) = (Double(size.width) / Double(source.width), Double(size.height) / Double(source.height))
    switch rule {
    case .stretch: return size
    case .cover:
      // The longer side is rounded down, as torchvision does.
      return x >= y
        ? PixelSize(width: size.width, height: max(size.height, size.width * source.height / source.width))
        : PixelSize(width: max(size.width, size.height * source.width / source.height), height: size.height)
    case .contain:
      let scale = min(x, y)
      return PixelSize(
        width: Self.rounded(Double(source.width) * scale, atMost: size.width),
        height: Self.rounded(Double(source.height) * scale, atMost: size.height))
    }
  }

  private static func rounded(_ side: Double, atMost limit: Int) -> Int {
    min(limit, max(1, Int(side.rounded(.toNearestOrEven))))
  }

  /// Where the middle `part` of a line begins; halves are rounded to the even number, as torchvision does.
  private static func middle(_ whole: Int, _ part: Int) -> Int {
    Int((Double(whole - part) / 2).rounded(.toNearestOrEven))
  }
}
