// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// What of an item an annotation is about. All coordinates are pixels of the image as it is stored; see `PixelPoint`.
public enum AnnotationGeometry: Sendable, Hashable {
  /// The whole item: its class.
  case whole
  /// An upright box.
  case box(Box)
  /// A box that is turned about its centre.
  case rotatedBox(RotatedBox)
  /// An area within outlines.
  case polygon(Outline)
  /// A line of several points that encloses nothing.
  case polyline([PixelPoint])
  /// One point.
  case point(PixelPoint)
  /// An ellipse.
  case ellipse(Ellipse)
  /// Pixels.
  case mask(RunLengthMask)
  /// Named points of one object.
  case keypoints(KeypointSet)
  /// A kind that Galley only carries: Dataloop's word for it, and its coordinates as they came.
  case foreign(type: String, coordinates: ConfigurationValue)

  /// Dataloop's word for the kind of annotation.
  public var type: String {
    switch self {
    case .whole: "class"
    case .box, .rotatedBox: "box"
    case .polygon: "segment"
    case .polyline: "polyline"
    case .point: "point"
    case .ellipse: "ellipse"
    case .mask: "binary"
    case .keypoints: "pose"
    case .foreign(let type, _): type
    }
  }

  /// The upright box around it; `nil` if it has none.
  public var bounds: Box? {
    switch self {
    case .whole, .foreign: nil
    case .box(let box): box
    case .rotatedBox(let box): box.bounds
    case .polygon(let outline): Box(around: outline.parts.joined().map { $0 })
    case .polyline(let points): Box(around: points)
    case .point(let point): Box(around: [point])
    case .ellipse(let ellipse): ellipse.bounds
    case .mask(let mask): mask.bounds
    case .keypoints(let set): Box(around: set.points.filter { $0.visibility != .absent }.map(\.point))
    }
  }
}

/// An area: within any of its parts, and in none of its holes.
public struct Outline: Sendable, Hashable {
  /// Outlines that together cover the object.
  public var parts: [[PixelPoint]]
  /// Outlines of what is left out.
  public var holes: [[PixelPoint]]

  /// Creates an area.
  public init(parts: [[PixelPoint]], holes: [[PixelPoint]] = []) {
    self.parts = parts
    self.holes = holes
  }
}

/// An ellipse, in pixels.
public struct Ellipse: Sendable, Hashable {
  /// The middle.
  public var center: PixelPoint
  /// Half its extent along its own x axis.
  public var radiusX: Double
  /// Half its extent along its own y axis.
  public var radiusY: Double
  /// Degrees by which it is turned.
  public var angle: Double

  /// Creates an ellipse.
  public init(center: PixelPoint, radiusX: Double, radiusY: Double, angle: Double) {
    self.center = center
    self.radiusX = radiusX
    self.radiusY = radiusY
    self.angle = angle
  }

  /// The upright box around the turned box around it.
  var bounds: Box { RotatedBox(center: center, width: 2 * radiusX, height: 2 * radiusY, angle: angle).bounds }
}

/// Named points of one object.
public struct KeypointSet: Sendable, Hashable {
  /// One point.
  public struct Named: Sendable, Hashable {
    /// What the point is, like `left eye`.
    public var name: String
    /// Where it is.
    public var point: PixelPoint
    /// Whether it can be seen.
    public var visibility: Keypoint.Visibility
    /// The document that it was read from, if it was one of its own.
    public var document: JSONObject

    /// Creates a point.
    public init(
      _ name: String, _ point: PixelPoint, _ visibility: Keypoint.Visibility = .visible, document: JSONObject = .empty
    ) {
      self.name = name
      self.point = point
      self.visibility = visibility
      self.document = document
    }
  }

  /// The points, in their order.
  public var points: [Named]
  /// The id of the template that names and joins them; empty if there is none.
  public var template: String
  /// The id of this one use of the template; empty if there is none.
  public var instance: String

  /// Creates a set.
  public init(points: [Named], template: String = "", instance: String = "") {
    self.points = points
    self.template = template
    self.instance = instance
  }
}
