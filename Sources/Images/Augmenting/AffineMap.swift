// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// A rotation, scaling, shearing and shift about a point: torchvision's `affine`, as one map of points.
public struct AffineMap: Sendable, Hashable, Codable {
  /// x' = xx·x + xy·y + x0, y' = yx·x + yy·y + y0
  public var xx, xy, x0, yx, yy, y0: Double

  /// - Parameters:
  ///   - center: the point that stays where it is but for the shift.
  ///   - angle: degrees, clockwise.
  ///   - shift: pixels to the right and down.
  ///   - scale: above 0.
  ///   - shear: degrees along x and y.
  /// - Throws: `ImageError` if the map has no inverse.
  public init(
    center: Point, angle: Double = 0, shift: Point = Point(x: 0, y: 0), scale: Double = 1,
    shear: Point = Point(x: 0, y: 0)
  ) throws(ImageError) {
    let (turn, sx, sy) = (angle * .pi / 180, shear.x * .pi / 180, shear.y * .pi / 180)
    xx = scale * cos(turn - sy) / cos(sy)
    xy = scale * (-cos(turn - sy) * tan(sx) / cos(sy) - sin(turn))
    yx = scale * sin(turn - sy) / cos(sy)
    yy = scale * (-sin(turn - sy) * tan(sx) / cos(sy) + cos(turn))
    x0 = center.x + shift.x - xx * center.x - xy * center.y
    y0 = center.y + shift.y - yx * center.x - yy * center.y
    guard determinant.isFinite, abs(determinant) > 1e-9 else {
      throw ImageError(
        .invalidArgument, "a map with scale \(scale) and shear \(shear.x)°, \(shear.y)° can't be inverted")
    }
  }

  private var determinant: Double { xx * yy - xy * yx }

  /// Where a point goes.
  public func callAsFunction(_ point: Point) -> Point {
    Point(x: xx * point.x + xy * point.y + x0, y: yx * point.x + yy * point.y + y0)
  }

  /// Where a point comes from.
  func inverse(_ point: Point) -> Point {
    let (x, y) = (point.x - x0, point.y - y0)
    return Point(x: (yy * x - xy * y) / determinant, y: (xx * y - yx * x) / determinant)
  }
}

extension Image {
  /// The image moved by a map; what comes from outside is `fill`.
  /// - Parameters:
  ///   - isSmooth: whether a pixel is made of the four around its source; otherwise it is the nearest.
  ///   - fill: one value for all channels or one for each.
  /// - Throws: `ImageError` for 16-bit samples, or a colour that doesn't fit.
  public func moved(by map: AffineMap, isSmooth: Bool = false, fill: [UInt8] = [0]) throws(ImageError) -> Image {
    guard depth == .eight else { throw ImageError(.unsupported, "an image with 16-bit samples can't be moved") }
    guard fill.count == channels || fill.count == 1, let first = fill.first else {
      throw ImageError(.invalidArgument, "\(fill.count) values are no colour of a \(format) image")
    }
    let fill = fill.count == channels ? fill : [UInt8](repeating: first, count: channels)
    return Image.filled(width, height, format) { output in
      bytes.withUnsafeBufferPointer { bytes in
        var place = 0
        for row in 0..<height {
          for column in 0..<width {
            let source = map.inverse(Point(x: Double(column) + 0.5, y: Double(row) + 0.5))
            for channel in 0..<channels {
              output[place + channel] =
                isSmooth
                ? smooth(bytes, source, channel, fill[channel]) : nearest(bytes, source, channel, fill[channel])
            }
            place += channels
          }
        }
      }
    }
  }

  private func nearest(_ bytes: UnsafeBufferPointer<UInt8>, _ point: Point, _ channel: Int, _ fill: UInt8) -> UInt8 {
    let (x, y) = ((point.x - 0.5).rounded(.toNearestOrEven), (point.y - 0.5).rounded(.toNearestOrEven))
    guard x >= 0, y >= 0, x < Double(width), y < Double(height) else { return fill }
    return bytes[(Int(y) * width + Int(x)) * channels + channel]
  }

  private func smooth(_ bytes: UnsafeBufferPointer<UInt8>, _ point: Point, _ channel: Int, _ fill: UInt8) -> UInt8 {
    let (x, y) = (point.x - 0.5, point.y - 0.5)
    guard x > -1, y > -1, x < Double(width), y < Double(height) else { return fill }
    let (left, top) = (x.rounded(.down), y.rounded(.down))
    let (right, bottom) = (x - left, y - top)
    func value(_ column: Int, _ row: Int) -> Double {
      guard column >= 0, row >= 0, column < width, row < height else { return Double(fill) }
      return Double(bytes[(row * width + column) * channels + channel])
    }
    let (column, row) = (Int(left), Int(top))
    let upper = value(column, row) * (1 - right) + value(column + 1, row) * right
    let lower = value(column, row + 1) * (1 - right) + value(column + 1, row + 1) * right
    return UInt8(max(0, min(255, (upper * (1 - bottom) + lower * bottom).rounded(.toNearestOrEven))))
  }
}

extension Scene {
  /// The scene moved by a map; masks take the nearest pixel and 0 from outside.
  public func moved(by map: AffineMap, isSmooth: Bool = true, fill: [UInt8] = [0]) throws(ImageError) -> Scene {
    try moved(
      image: { image throws(ImageError) in try image.moved(by: map, isSmooth: isSmooth, fill: fill) },
      mask: { mask throws(ImageError) in try mask.moved(by: map) }, point: { map($0) })
  }
}

/// A random rotation, shift, scale and shear about the image's middle.
public struct RandomAffine: Augmentation, Hashable, Codable {
  /// Degrees.
  public var angle: ClosedRange<Double>
  /// The largest shift, as a share of the image's width and height.
  public var shift: Point
  public var scale: ClosedRange<Double>
  /// Degrees along x.
  public var shear: ClosedRange<Double>
  public var fill: [UInt8]

  public init(
    angle: ClosedRange<Double> = 0...0, shift: Point = Point(x: 0, y: 0), scale: ClosedRange<Double> = 1...1,
    shear: ClosedRange<Double> = 0...0, fill: [UInt8] = [0]
  ) {
    self.angle = angle
    self.shift = shift
    self.scale = scale
    self.shear = shear
    self.fill = fill
  }

  public func apply(to scene: Scene, random: inout ItemRandom) throws(ImageError) -> Scene {
    let (width, height) = (Double(scene.image.width), Double(scene.image.height))
    let (x, y) = (abs(shift.x) * width, abs(shift.y) * height)
    let map = try AffineMap(
      center: Point(x: width / 2, y: height / 2), angle: random.number(in: angle),
      shift: Point(x: random.number(in: -x...x).rounded(), y: random.number(in: -y...y).rounded()),
      scale: random.number(in: scale), shear: Point(x: random.number(in: shear), y: 0))
    return try scene.moved(by: map, fill: fill)
  }
}
