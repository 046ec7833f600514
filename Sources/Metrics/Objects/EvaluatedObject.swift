// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
internal import Glibc

/// What of an item an object takes up.
public enum ObjectShape: Sendable, Hashable {
  /// The whole item: its class.
  case whole
  /// A point, in pixels.
  case point(PixelPoint)
  /// An upright box, in pixels.
  case box(Box)
  /// Pixels.
  case mask(RunLengthMask)

  /// Dataloop's word for the kind.
  public var type: String {
    switch self {
    case .whole: "class"
    case .point: "point"
    case .box: "box"
    case .mask: "binary"
    }
  }

  /// Square pixels; 0 for what has no area.
  public var area: Double {
    switch self {
    case .whole, .point: 0
    case .box(let box): box.area
    case .mask(let mask): Double(mask.area)
    }
  }

  /// How alike two shapes are, from 0 to 1: of boxes and masks the intersection over the union, of points
  /// `exp(-20 · distance / diagonal)`, as dtlpymetrics does, of whole items 1, and of two kinds 0.
  /// - Parameters:
  ///   - diagonal: The item's, in pixels; points without one are alike only if they are the same.
  ///   - isCrowd: The other stands for a crowd: what lies in it is divided by this shape's area, as COCO does.
  public func likeness(to other: ObjectShape, diagonal: Double = 0, isCrowd: Bool = false) -> Double {
    switch (self, other) {
    case (.whole, .whole): return 1
    case (.point(let own), .point(let other)):
      let distance = ((own.x - other.x) * (own.x - other.x) + (own.y - other.y) * (own.y - other.y)).squareRoot()
      return distance == 0 ? 1 : diagonal > 0 ? exp(-20 * distance / diagonal) : 0
    case (.box(let own), .box(let other)):
      let width = min(own.right, other.right) - max(own.x, other.x)
      let height = min(own.bottom, other.bottom) - max(own.y, other.y)
      guard width > 0, height > 0 else { return 0 }
      let shared = width * height
      return shared / (isCrowd ? own.area : own.area + other.area - shared)
    case (.mask(let own), .mask(let other)):
      let shared = Double(own.intersection(other))
      let union = isCrowd ? Double(own.area) : Double(own.area) + Double(other.area) - shared
      return union > 0 ? shared / union : 0
    default: return 0
    }
  }
}

/// One thing on an item, as ground truth has it or as a model predicted it.
public struct EvaluatedObject: Sendable, Hashable {
  /// The annotation's id.
  public var id: String
  /// The label; two are the same if their bytes are.
  public var label: String
  /// How sure the model was, from 0 to 1; of ground truth nothing is asked.
  public var confidence: Double
  /// What it takes up.
  public var shape: ObjectShape
  /// It stands for a crowd: of ground truth only. It is no miss if nobody finds it, and what lies in it no mistake.
  public var isCrowd: Bool
  /// Who made it.
  public var creator: String
  /// What else is stated, each value as text.
  public var attributes: [String: String]

  /// Describes an object.
  public init(
    id: String, label: String, confidence: Double = 1, shape: ObjectShape, isCrowd: Bool = false, creator: String = "",
    attributes: [String: String] = [:]
  ) {
    self.id = id
    self.label = label
    self.confidence = confidence
    self.shape = shape
    self.isCrowd = isCrowd
    self.creator = creator
    self.attributes = attributes
  }
}

/// One item with what is true and what was predicted.
public struct EvaluatedItem: Sendable, Hashable {
  /// The item's id.
  public var id: String
  /// The item's diagonal, in pixels; 0 if it isn't known.
  public var diagonal: Double
  /// Ground truth.
  public var truth: [EvaluatedObject]
  /// What was predicted, in any order.
  public var predictions: [EvaluatedObject]

  /// Describes an item.
  public init(id: String, diagonal: Double = 0, truth: [EvaluatedObject], predictions: [EvaluatedObject]) {
    self.id = id
    self.diagonal = diagonal
    self.truth = truth
    self.predictions = predictions
  }
}

extension String {
  /// The bytes: Swift takes texts for equal that differ in Unicode form only.
  var labelKey: [UInt8] { Array(utf8) }
}
