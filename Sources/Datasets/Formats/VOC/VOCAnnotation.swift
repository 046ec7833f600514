// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// One XML file of Pascal VOC.
struct VOCAnnotation {
  private(set) var fileName: String?
  private(set) var folder: String?
  private(set) var size: PixelSize?
  private(set) var annotations: [Annotation] = []

  /// Reads a file; what is wrong with it is reported.
  /// - Parameter declaring: whether the objects' names become classes of the data set.
  init?(_ file: String, in tree: FileTree, declaring: Bool = true, _ builder: inout DatasetBuilder) {
    let root: XMLElement
    do {
      root = try XMLDocument(try tree.text(file)).root
    } catch let problem as XMLProblem {
      builder.report(.error, .malformed, at: "\(file):\(problem.line)", problem.message)
      return nil
    } catch let error as GalleyError {
      builder.report(error)
      return nil
    } catch { return nil }
    fileName = root.value("filename").flatMap { $0.isEmpty ? nil : $0 }
    folder = root.value("folder").flatMap { $0.isEmpty ? nil : $0 }
    if let element = root.child("size"), let width = element.value("width").flatMap({ Int($0) }),
      let height = element.value("height").flatMap({ Int($0) }), width > 0, height > 0
    {
      size = PixelSize(width: width, height: height)
    }
    for object in root.all("object") { read(object, file, declaring, &builder) }
  }

  private mutating func read(_ object: XMLElement, _ file: String, _ declaring: Bool, _ builder: inout DatasetBuilder) {
    let place = Provenance(file: file, line: object.line)
    guard let name = object.value("name"), !name.isEmpty else {
      builder.report(.error, .malformed, at: place.description, "the object has no name")
      return
    }
    var annotation = Annotation(label: nil, provenance: place)
    if let element = object.child("bndbox") {
      guard let box = Self.box(element) else {
        builder.report(
          .error, .malformed, at: "\(file):\(element.line)", "bndbox needs the numbers xmin, ymin, xmax and ymax")
        return
      }
      annotation.box = box
    } else if let element = object.child("robndbox"), let box = Self.rotatedBox(element) {
      annotation.rotatedBox = box
    } else {
      builder.report(.error, .malformed, at: place.description, "the object '\(name)' has no bndbox")
      return
    }
    if declaring { annotation.label = builder.label(name) }
    for key in ["pose", "truncated", "difficult", "occluded"] {
      guard let value = object.value(key), !value.isEmpty else { continue }
      annotation.attributes[key] = Int(value).map { .int($0) } ?? .string(value)
    }
    annotations.append(annotation)
  }

  private static func number(_ element: XMLElement, _ name: String) -> Double? {
    element.value(name).flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
  }

  private static func box(_ element: XMLElement) -> Box? {
    guard let left = number(element, "xmin"), let top = number(element, "ymin"), let right = number(element, "xmax"),
      let bottom = number(element, "ymax")
    else { return nil }
    return Box(x: left - 1, y: top - 1, width: right - left + 1, height: bottom - top + 1)
  }

  /// The turned box of roLabelImg: angle in radians.
  private static func rotatedBox(_ element: XMLElement) -> RotatedBox? {
    guard let x = number(element, "cx"), let y = number(element, "cy"), let width = number(element, "w"),
      let height = number(element, "h"), let angle = number(element, "angle")
    else { return nil }
    return RotatedBox(center: PixelPoint(x, y), width: width, height: height, angle: angle * 180 / .pi)
  }
}
