// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Width and height of an image, in pixels.
public struct PixelSize: Sendable, Hashable, Codable, CustomStringConvertible {
  /// Pixels in a row.
  public var width: Int
  /// Pixels in a column.
  public var height: Int

  /// Creates a size.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  public var description: String { "\(width)×\(height)" }
}

/// A point in an image: pixels from the outer corner of the top-left pixel, x to the right, y down. The centre of the
/// top-left pixel is (0.5, 0.5).
public struct PixelPoint: Sendable, Hashable, Codable {
  /// Pixels to the right.
  public var x: Double
  /// Pixels down.
  public var y: Double

  /// Creates a point.
  public init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// An upright rectangle in pixels, half open: it covers the columns from `x` up to but not including `x + width`.
public struct Box: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The left edge.
  public var x: Double
  /// The top edge.
  public var y: Double
  /// Extent to the right; negative in a box that is inverted.
  public var width: Double
  /// Extent down; negative in a box that is inverted.
  public var height: Double

  /// Creates a box from its top-left corner and its extent, in pixels.
  public init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// The right edge.
  public var right: Double { x + width }
  /// The bottom edge.
  public var bottom: Double { y + height }
  /// Square pixels; 0 for an inverted box.
  public var area: Double { max(0, width) * max(0, height) }

  /// Whether all four numbers are finite and both extents are above zero.
  public var isProper: Bool {
    x.isFinite && y.isFinite && width.isFinite && height.isFinite && width > 0 && height > 0
  }

  /// Whether the box lies in an image of this size, up to `tolerance` pixels.
  public func lies(in size: PixelSize, tolerance: Double = 0) -> Bool {
    x >= -tolerance && y >= -tolerance && right <= Double(size.width) + tolerance
      && bottom <= Double(size.height) + tolerance
  }

  /// The part of the box that lies in an image; `nil` if there is none.
  public func clipped(to size: PixelSize) -> Box? {
    let left = max(0, x)
    let top = max(0, y)
    let clipped = Box(
      x: left, y: top, width: min(Double(size.width), right) - left, height: min(Double(size.height), bottom) - top)
    return clipped.isProper ? clipped : nil
  }

  /// The same rectangle with positive extents.
  public var upright: Box {
    Box(x: min(x, right), y: min(y, bottom), width: abs(width), height: abs(height))
  }

  /// The smallest box around points; `nil` if there are none.
  public init?(around points: some Collection<PixelPoint>) {
    guard let first = points.first else { return nil }
    var (left, top, right, bottom) = (first.x, first.y, first.x, first.y)
    for point in points {
      left = min(left, point.x)
      top = min(top, point.y)
      right = max(right, point.x)
      bottom = max(bottom, point.y)
    }
    self.init(x: left, y: top, width: right - left, height: bottom - top)
  }

  public var description: String { "(\(x), \(y), \(width)×\(height))" }
}
