// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// One shape of CVAT.
enum CVATShape {
  /// The annotation of an element; what can't be read is reported.
  static func annotation(
    _ element: XMLElement, in size: PixelSize?, _ file: String, _ builder: inout DatasetBuilder
  ) -> Annotation? {
    let place = Provenance(file: file, line: element.line)
    guard let name = element.attributes["label"] else { return nil }
    var annotation = Annotation(label: builder.label(name), provenance: place)
    for attribute in element.all("attribute") {
      if let key = attribute.attributes["name"] { annotation.attributes[key] = .string(attribute.text.trimmed) }
    }
    if let order = number(element, "z_order"), order != 0 {
      annotation.attributes["z_order"] = .int(Int(clamping: order))
    }
    if element.attributes["occluded"] == "1" { annotation.attributes["occluded"] = true }
    if let group = element.attributes["group_id"].flatMap({ Int($0) }) { annotation.attributes["group"] = .int(group) }
    switch element.name {
    case "tag": return annotation
    case "box": if readBox(element, &annotation) { return annotation }
    case "polygon":
      if let points = points(element), points.count >= 3 {
        annotation.polygons = [points]
        return annotation
      }
    case "points":
      if let points = points(element) {
        annotation.keypoints = points.map { Keypoint($0) }
        return annotation
      }
    case "mask":
      if let mask = mask(element, in: size) {
        annotation.mask = mask
        return annotation
      }
    default:
      builder.report(.warning, .unsupported, at: place.description, "the shape '\(element.name)' is not read")
      return nil
    }
    builder.report(.error, .malformed, at: place.description, "the \(element.name)'s numbers are missing or damaged")
    return nil
  }

  private static func number(_ element: XMLElement, _ name: String) -> Double? {
    element.attributes[name].flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
  }

  private static func readBox(_ element: XMLElement, _ annotation: inout Annotation) -> Bool {
    guard let left = number(element, "xtl"), let top = number(element, "ytl"), let right = number(element, "xbr"),
      let bottom = number(element, "ybr")
    else { return false }
    if let angle = number(element, "rotation"), angle != 0 {
      annotation.rotatedBox = RotatedBox(
        center: PixelPoint((left + right) / 2, (top + bottom) / 2), width: right - left, height: bottom - top,
        angle: angle)
    } else {
      annotation.box = Box(x: left, y: top, width: right - left, height: bottom - top)
    }
    return true
  }

  /// "x,y;x,y;…"
  private static func points(_ element: XMLElement) -> [PixelPoint]? {
    var points: [PixelPoint] = []
    for pair in (element.attributes["points"] ?? "").split(separator: ";") {
      let numbers = pair.split(separator: ",").compactMap { Double($0.trimmed) }
      guard numbers.count == 2, numbers.allSatisfy(\.isFinite) else { return nil }
      points.append(PixelPoint(numbers[0], numbers[1]))
    }
    return points.isEmpty ? nil : points
  }

  /// A mask in a rectangle of the image: runs along the rows, beginning with background.
  private static func mask(_ element: XMLElement, in size: PixelSize?) -> RunLengthMask? {
    guard let size, size.width <= 1 << 16, size.height <= 1 << 16,
      let left = element.attributes["left"].flatMap({ Int($0) }),
      let top = element.attributes["top"].flatMap({ Int($0) }),
      let width = element.attributes["width"].flatMap({ Int($0) }),
      let height = element.attributes["height"].flatMap({ Int($0) }),
      width > 0, height > 0, left >= 0, top >= 0, left <= size.width - width, top <= size.height - height
    else { return nil }
    let runs = (element.attributes["rle"] ?? "").split(separator: ",").map { Int($0.trimmed) }
    var pixels = [UInt8](repeating: 0, count: size.width * size.height)
    var place = 0
    for (index, run) in runs.enumerated() {
      guard let run, run >= 0, run <= width * height - place else { return nil }
      if index % 2 == 1 {
        for pixel in place..<place + run { pixels[(top + pixel / width) * size.width + left + pixel % width] = 1 }
      }
      place += run
    }
    guard place == width * height else { return nil }
    return RunLengthMask(size: size, pixels: pixels)
  }
}

extension Int {
  /// The nearest whole number, moved into the range of `Int`.
  init(clamping value: Double) { self = value.isNaN ? 0 : Int(exactly: value.rounded()) ?? (value < 0 ? .min : .max) }
}
