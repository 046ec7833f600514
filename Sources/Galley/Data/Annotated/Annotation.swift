// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// One thing that somebody, or a model, said about an item.
///
/// An annotation without any geometry speaks of the whole item: its class. All coordinates are pixels of the image as
/// it is stored, from its top-left corner; see ``PixelPoint``.
public struct Annotation: Sendable, Hashable, Codable {
  /// Index into the data set's classes; `nil` if the annotation has none.
  public var label: Int?
  /// An upright box.
  public var box: Box?
  /// A turned box.
  @Rare public var rotatedBox: RotatedBox?
  /// Outlines; together they cover the object (several, if it is in parts). No holes.
  public var polygons: [[PixelPoint]]
  /// A mask in memory.
  @Rare public var mask: RunLengthMask?
  /// A mask that lies in an image file of its own, in which every value but 0 belongs to the object.
  @Rare public var maskFile: ItemSource?
  /// Keypoints in the order of the class's `keypoints`; empty if there are none.
  public var keypoints: [Keypoint]
  /// How sure a model was, usually from 0 to 1; `nil` if a person said it.
  @Rare public var score: Double?
  /// The annotation stands for a group of objects that were not told apart (COCO's `iscrowd`).
  public var isCrowd: Bool
  /// What else was stated.
  public var attributes: [String: ConfigurationValue]
  /// Where it was read.
  public var provenance: Provenance?

  /// Creates an annotation.
  public init(
    label: Int?, box: Box? = nil, rotatedBox: RotatedBox? = nil, polygons: [[PixelPoint]] = [],
    mask: RunLengthMask? = nil, maskFile: ItemSource? = nil, keypoints: [Keypoint] = [], score: Double? = nil,
    isCrowd: Bool = false, attributes: [String: ConfigurationValue] = [:], provenance: Provenance? = nil
  ) {
    self.label = label
    self.box = box
    self.rotatedBox = rotatedBox
    self.polygons = polygons
    self.mask = mask
    self.maskFile = maskFile
    self.keypoints = keypoints
    self.score = score
    self.isCrowd = isCrowd
    self.attributes = attributes
    self.provenance = provenance
  }

  /// Whether the annotation speaks of the whole item only.
  public var isWholeItem: Bool {
    box == nil && rotatedBox == nil && polygons.isEmpty && mask == nil && maskFile == nil && keypoints.isEmpty
  }

  /// The stated box, or the one around whatever geometry there is.
  public var bounds: Box? {
    box ?? rotatedBox?.bounds ?? Box(around: polygons.joined().map { $0 }) ?? mask?.bounds
  }
}

/// A named point of an object.
public struct Keypoint: Sendable, Hashable, Codable {
  /// What is known of a keypoint, numbered as COCO does.
  public enum Visibility: Int, Sendable, Hashable, Codable {
    /// Not labelled; the position means nothing.
    case absent = 0
    /// Labelled but hidden.
    case hidden = 1
    /// Labelled and visible.
    case visible = 2
  }

  /// Where it is, in pixels.
  public var point: PixelPoint
  /// Whether it can be seen.
  public var visibility: Visibility

  /// Creates a keypoint.
  public init(_ point: PixelPoint, _ visibility: Visibility = .visible) {
    self.point = point
    self.visibility = visibility
  }
}

/// Where an annotation or an item was read, so that a finding can name it.
public struct Provenance: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The file, relative to the data set's root.
  public var file: String
  /// The line, counted from 1, or the element of a list, counted from 0; see ``isElement``.
  public var number: Int?
  /// Whether ``number`` counts elements of the list `annotations` in a JSON file.
  public var isElement: Bool

  /// A line of a text file; or the whole file.
  public init(file: String, line: Int? = nil) {
    self.file = file
    number = line
    isElement = false
  }

  /// An element of the list `annotations` of a JSON file.
  public init(file: String, element: Int) {
    self.file = file
    number = element
    isElement = true
  }

  public var description: String {
    guard let number else { return file }
    return isElement ? "\(file): annotations[\(number)]" : "\(file):\(number)"
  }
}
