// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

extension Scene {
  /// A part of the scene in another size; masks are resized with the nearest pixel.
  public func cropped(
    columns: Range<Int>, rows: Range<Int>, to size: PixelSize? = nil, kernel: ResizeKernel = .bilinear,
    antialias: Bool = true
  ) throws(ImageError) -> Scene {
    let target = size ?? PixelSize(width: columns.count, height: rows.count)
    func cut(_ image: Image, _ kernel: ResizeKernel) throws(ImageError) -> Image {
      let part = try image.cropped(columns: columns, rows: rows)
      return size == nil ? part : try part.resized(to: target, kernel: kernel, antialias: antialias)
    }
    let scale = (
      Double(target.width) / Double(max(1, columns.count)), Double(target.height) / Double(max(1, rows.count))
    )
    return try moved(
      image: { image throws(ImageError) in try cut(image, kernel) },
      mask: { mask throws(ImageError) in try cut(mask, .nearest) },
      point: {
        Point(x: ($0.x - Double(columns.lowerBound)) * scale.0, y: ($0.y - Double(rows.lowerBound)) * scale.1)
      })
  }
}

/// Cuts a part of a fixed size out of a scene, anywhere.
public struct RandomCrop: Augmentation, Hashable, Codable {
  public var size: PixelSize

  public init(size: PixelSize) { self.size = size }

  public func apply(to scene: Scene, random: inout ItemRandom) throws(ImageError) -> Scene {
    guard size.width > 0, size.height > 0, size.width <= scene.image.width, size.height <= scene.image.height else {
      throw ImageError(.invalidSize, "\(size) pixels can't be cut from \(scene.size)")
    }
    let left = random.number(below: scene.image.width - size.width + 1)
    let top = random.number(below: scene.image.height - size.height + 1)
    return try scene.cropped(columns: left..<left + size.width, rows: top..<top + size.height)
  }
}

/// Cuts a part of random area and shape out of a scene and resizes it: the rule of torchvision's `RandomResizedCrop`.
public struct RandomResizedCrop: Augmentation, Hashable, Codable {
  /// The size of every result.
  public var size: PixelSize
  /// The part's share of the image's area.
  public var area: ClosedRange<Double>
  /// The part's width divided by its height.
  public var ratio: ClosedRange<Double>
  public var kernel: ResizeKernel

  public init(
    size: PixelSize, area: ClosedRange<Double> = 0.08...1, ratio: ClosedRange<Double> = 3 / 4...4 / 3,
    kernel: ResizeKernel = .bilinear
  ) {
    self.size = size
    self.area = area
    self.ratio = ratio
    self.kernel = kernel
  }

  public func apply(to scene: Scene, random: inout ItemRandom) throws(ImageError) -> Scene {
    let (columns, rows) = part(of: scene.size, random: &random)
    return try scene.cropped(columns: columns, rows: rows, to: size, kernel: kernel)
  }

  /// Ten attempts at random, then the largest part in the middle whose shape is allowed.
  func part(of image: PixelSize, random: inout ItemRandom) -> (columns: Range<Int>, rows: Range<Int>) {
    let whole = Double(image.width * image.height)
    for _ in 0..<10 {
      let pixels = whole * random.number(in: area)
      let shape = exp(random.number(in: log(ratio.lowerBound)...log(ratio.upperBound)))
      let (width, height) = (Int((pixels * shape).squareRoot().rounded()), Int((pixels / shape).squareRoot().rounded()))
      guard width > 0, height > 0, width <= image.width, height <= image.height else { continue }
      let left = random.number(below: image.width - width + 1)
      let top = random.number(below: image.height - height + 1)
      return (left..<left + width, top..<top + height)
    }
    let shape = min(max(Double(image.width) / Double(image.height), ratio.lowerBound), ratio.upperBound)
    let width = min(image.width, max(1, Int((Double(image.height) * shape).rounded())))
    let height = min(image.height, max(1, Int((Double(image.width) / shape).rounded())))
    let (left, top) = ((image.width - width) / 2, (image.height - height) / 2)
    return (left..<left + width, top..<top + height)
  }
}
