// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A point of an image in pixels: 0, 0 is the upper left corner of the first pixel.
public struct Point: Sendable, Hashable, Codable {
  public var x: Double
  public var y: Double

  /// Creates a point.
  public init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
}

/// A box with upright sides, in pixels.
public struct Box: Sendable, Hashable, Codable {
  public var left: Double
  public var top: Double
  public var right: Double
  public var bottom: Double

  /// Creates a box.
  public init(left: Double, top: Double, right: Double, bottom: Double) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  /// The corners, clockwise from the upper left.
  public var corners: [Point] {
    [Point(x: left, y: top), Point(x: right, y: top), Point(x: right, y: bottom), Point(x: left, y: bottom)]
  }

  /// The smallest box around points; nil if there are none.
  public init?(around points: [Point]) {
    guard let first = points.first else { return nil }
    self = points.reduce(into: Box(left: first.x, top: first.y, right: first.x, bottom: first.y)) { box, point in
      box.left = min(box.left, point.x)
      box.right = max(box.right, point.x)
      box.top = min(box.top, point.y)
      box.bottom = max(box.bottom, point.y)
    }
  }

  /// The part that lies inside an image; empty boxes have no area.
  public func clamped(to size: PixelSize) -> Box {
    func inside(_ value: Double, _ side: Int) -> Double { min(max(value, 0), Double(side)) }
    return Box(
      left: inside(left, size.width), top: inside(top, size.height), right: inside(right, size.width),
      bottom: inside(bottom, size.height))
  }

  /// Area in pixels.
  public var area: Double { max(0, right - left) * max(0, bottom - top) }
}

/// An image with what is marked on it, which follows when the image is moved.
public struct Scene: Sendable, Hashable {
  /// The image.
  public var image: Image
  /// Boxes, in pixels.
  public var boxes: [Box]
  /// Polygons, in pixels.
  public var polygons: [[Point]]
  /// Keypoints, in pixels.
  public var keypoints: [Point]
  /// Masks: gray images of the image's size whose values are labels.
  public var masks: [Image]

  /// Creates a scene.
  public init(
    _ image: Image, boxes: [Box] = [], polygons: [[Point]] = [], keypoints: [Point] = [], masks: [Image] = []
  ) {
    self.image = image
    self.boxes = boxes
    self.polygons = polygons
    self.keypoints = keypoints
    self.masks = masks
  }

  /// The image's size.
  public var size: PixelSize { PixelSize(width: image.width, height: image.height) }

  /// The scene with its marks moved point by point. Boxes become the boxes around their moved corners, cut off at the
  /// image's sides; one that leaves the image keeps its place in the list, with no area.
  func moved(
    image: (Image) throws(ImageError) -> Image, mask: (Image) throws(ImageError) -> Image,
    point: (Point) -> Point
  ) throws(ImageError) -> Scene {
    let moved = try image(self.image)
    let size = PixelSize(width: moved.width, height: moved.height)
    var movedMasks: [Image] = []
    for one in masks { movedMasks.append(try mask(one)) }
    return Scene(
      moved, boxes: boxes.map { (Box(around: $0.corners.map(point)) ?? $0).clamped(to: size) },
      polygons: polygons.map { $0.map(point) }, keypoints: keypoints.map(point), masks: movedMasks)
  }
}
