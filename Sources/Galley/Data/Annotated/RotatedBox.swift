// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// A rectangle turned about its centre, in pixels.
public struct RotatedBox: Sendable, Hashable, Codable {
  /// The middle.
  public var center: PixelPoint
  /// Extent along the box's own x axis, before it is turned.
  public var width: Double
  /// Extent along the box's own y axis, before it is turned.
  public var height: Double
  /// Degrees by which the box is turned clockwise on the screen (from x towards y, since y points down).
  public var angle: Double

  /// Creates a turned box.
  public init(center: PixelPoint, width: Double, height: Double, angle: Double) {
    self.center = center
    self.width = width
    self.height = height
    self.angle = angle
  }

  /// The corners: what was top-left before turning, then clockwise.
  public var corners: [PixelPoint] {
    let (cosine, sine) = (cos(angle * .pi / 180), sin(angle * .pi / 180))
    return [(-1.0, -1.0), (1, -1), (1, 1), (-1, 1)].map { signs in
      let (dx, dy) = (signs.0 * width / 2, signs.1 * height / 2)
      return PixelPoint(center.x + dx * cosine - dy * sine, center.y + dx * sine + dy * cosine)
    }
  }

  /// The upright box around it.
  public var bounds: Box {
    Box(around: corners) ?? Box(x: center.x, y: center.y, width: 0, height: 0)
  }

  /// The box with these corners in order; `nil` unless they form a rectangle up to `tolerance` pixels.
  public init?(corners: [PixelPoint], tolerance: Double) {
    guard corners.count == 4 else { return nil }
    let center = PixelPoint(corners.reduce(0) { $0 + $1.x } / 4, corners.reduce(0) { $0 + $1.y } / 4)
    let (dx, dy) = (corners[1].x - corners[0].x, corners[1].y - corners[0].y)
    let width = hypot(dx, dy)
    let height = hypot(corners[2].x - corners[1].x, corners[2].y - corners[1].y)
    let angle = atan2(dy, dx) * 180 / .pi
    self.init(center: center, width: width, height: height, angle: angle)
    let far = zip(self.corners, corners).contains { hypot($0.x - $1.x, $0.y - $1.y) > tolerance }
    if far || !width.isFinite || !height.isFinite || width <= 0 || height <= 0 { return nil }
  }
}
