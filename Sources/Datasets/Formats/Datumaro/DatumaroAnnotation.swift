// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import JSONStream

/// One annotation of Datumaro.
struct DatumaroAnnotation {
  /// Why an annotation can't be taken over.
  struct Problem: Error {
    var message: String
    var isUnsupported = false
  }

  private(set) var label: Int?
  private var type = ""
  private var group = 0
  private var attributes: [String: ConfigurationValue] = [:]
  private var numbers: [Double] = []
  private var visibility: [Int] = []
  private var mask: RunLengthMask?

  init(_ json: inout JSONReader) throws {
    try json.object { json, key in
      switch key {
      case "type": type = try json.string()
      case "label_id": label = try json.null() ? nil : json.int()
      case "group": group = try json.int()
      case "attributes": attributes = try json.attributes()
      case "bbox", "points":
        let isNeeded = key == "points" || numbers.isEmpty
        guard isNeeded else { return try json.skip() }
        numbers = []
        try json.array { json in numbers.append(try json.double()) }
      case "visibility": try json.array { json in visibility.append(try json.int()) }
      case "rle": mask = try Self.mask(&json)
      default: try json.skip()
      }
    }
  }

  private static func mask(_ json: inout JSONReader) throws -> RunLengthMask? {
    var text = ""
    var size: [Int] = []
    try json.object { json, key in
      switch key {
      case "counts": text = try json.string()
      case "size": try json.array { json in size.append(try json.int()) }
      default: try json.skip()
      }
    }
    guard size.count == 2 else { return nil }
    return RunLengthMask(size: PixelSize(width: size[1], height: size[0]), compressed: text.utf8)
  }

  /// The annotation in the common form.
  func annotation(label: Int?, at place: Provenance) throws(Problem) -> Annotation {
    var annotation = Annotation(label: label, attributes: attributes, provenance: place)
    if group != 0 { annotation.attributes["group"] = .int(group) }
    if case .bool(let isCrowd)? = attributes["is_crowd"] {
      annotation.isCrowd = isCrowd
      annotation.attributes["is_crowd"] = nil
    }
    switch attributes["score"] {
    case .float(let score): annotation.score = score
    case .int(let score): annotation.score = Double(score)
    default: break
    }
    switch type {
    case "label": return annotation
    case "bbox":
      guard numbers.count == 4 else { throw Problem(message: "bbox needs 4 numbers, not \(numbers.count)") }
      annotation.box = Box(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
    case "polygon":
      guard numbers.count >= 6, numbers.count % 2 == 0 else {
        throw Problem(message: "a polygon needs an even number of values from 6 on, not \(numbers.count)")
      }
      annotation.polygons = [pairs]
    case "points":
      guard !numbers.isEmpty, numbers.count % 2 == 0 else {
        throw Problem(message: "points need an even number of values, not \(numbers.count)")
      }
      annotation.keypoints = pairs.enumerated().map { index, point in
        Keypoint(point, visibility.indices.contains(index) ? .init(rawValue: visibility[index]) ?? .visible : .visible)
      }
    case "mask":
      guard let mask else { throw Problem(message: "the mask's rle is missing or damaged") }
      annotation.mask = mask
    case "rotated_bbox":
      guard numbers.count == 5 else { throw Problem(message: "rotated_bbox needs 5 numbers, not \(numbers.count)") }
      annotation.rotatedBox = RotatedBox(
        center: PixelPoint(numbers[0], numbers[1]), width: numbers[2], height: numbers[3], angle: numbers[4])
    default: throw Problem(message: "annotations of the type '\(type)' are not read", isUnsupported: true)
    }
    return annotation
  }

  private var pairs: [PixelPoint] {
    stride(from: 0, to: numbers.count - 1, by: 2).map { PixelPoint(numbers[$0], numbers[$0 + 1]) }
  }
}
