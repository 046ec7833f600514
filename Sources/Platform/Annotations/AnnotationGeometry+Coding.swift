// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// The store's own form: an object with one key for the kind, numbers in lists. A class of the whole item is `{}`.
extension AnnotationGeometry: Codable {
  public init(from decoder: any Decoder) throws {
    let value = try ConfigurationValue(from: decoder)
    guard let geometry = AnnotationGeometry(value) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "this is no geometry: \(value)"))
    }
    self = geometry
  }

  public func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }

  /// The geometry as a value.
  var value: ConfigurationValue {
    switch self {
    case .whole: return .map([:])
    case .box(let box): return .map(["box": .numbers([box.x, box.y, box.width, box.height])])
    case .rotatedBox(let box):
      return .map(["rotatedBox": .numbers([box.center.x, box.center.y, box.width, box.height, box.angle])])
    case .polygon(let outline):
      var fields: [String: ConfigurationValue] = ["outlines": .list(outline.parts.map { .points($0) })]
      if !outline.holes.isEmpty { fields["holes"] = .list(outline.holes.map { .points($0) }) }
      return .map(fields)
    case .polyline(let points): return .map(["line": .points(points)])
    case .point(let point): return .map(["point": .points([point])])
    case .ellipse(let ellipse):
      return .map([
        "ellipse": .numbers([ellipse.center.x, ellipse.center.y, ellipse.radiusX, ellipse.radiusY, ellipse.angle])
      ])
    case .mask(let mask):
      let size = ConfigurationValue.list([.int(mask.size.width), .int(mask.size.height)])
      return .map(["mask": .map(["size": size, "counts": .string(mask.compressed)])])
    case .keypoints(let set): return .map(["keypoints": set.value])
    case .foreign(let type, let coordinates): return .map(["type": .string(type), "coordinates": coordinates])
    }
  }

  /// Reads a geometry; `nil` if the value is none.
  init?(_ value: ConfigurationValue) {
    guard let fields = value.fields else { return nil }
    guard let key = fields.keys.first(where: { $0 != "holes" && $0 != "coordinates" }) else {
      guard fields.isEmpty else { return nil }
      self = .whole
      return
    }
    guard let content = fields[key], let geometry = Self.read(key, content, fields) else { return nil }
    self = geometry
  }

  private static func read(
    _ key: String, _ content: ConfigurationValue, _ fields: [String: ConfigurationValue]
  ) -> AnnotationGeometry? {
    switch key {
    case "box":
      guard let n = content.numbers(4) else { return nil }
      return .box(Box(x: n[0], y: n[1], width: n[2], height: n[3]))
    case "rotatedBox":
      guard let n = content.numbers(5) else { return nil }
      return .rotatedBox(RotatedBox(center: PixelPoint(n[0], n[1]), width: n[2], height: n[3], angle: n[4]))
    case "outlines":
      guard let parts = content.pointLists, let holes = (fields["holes"] ?? .list([])).pointLists else { return nil }
      return .polygon(Outline(parts: parts, holes: holes))
    case "line": return content.points.map { .polyline($0) }
    case "point": return content.points?.first.map { .point($0) }
    case "ellipse":
      guard let n = content.numbers(5) else { return nil }
      return .ellipse(Ellipse(center: PixelPoint(n[0], n[1]), radiusX: n[2], radiusY: n[3], angle: n[4]))
    case "mask":
      guard let size = content.value(at: ["size"])?.numbers(2), let width = Int(exactly: size[0]),
        let height = Int(exactly: size[1]), let counts = content.value(at: ["counts"])?.text
      else { return nil }
      return RunLengthMask(size: PixelSize(width: width, height: height), compressed: counts.utf8).map { .mask($0) }
    case "keypoints": return KeypointSet(content).map { .keypoints($0) }
    case "type":
      guard let type = content.text, !type.isEmpty else { return nil }
      return .foreign(type: type, coordinates: fields["coordinates"] ?? .null)
    default: return nil
    }
  }
}

extension KeypointSet {
  fileprivate var value: ConfigurationValue {
    let points = points.map { point in
      var fields: [String: ConfigurationValue] = [
        "name": .string(point.name), "at": .points([point.point]), "visibility": .int(point.visibility.rawValue),
      ]
      if !point.document.isEmpty { fields["document"] = .map(point.document.values) }
      return ConfigurationValue.map(fields)
    }
    return .map(["points": .list(points), "template": .string(template), "instance": .string(instance)])
  }

  fileprivate init?(_ value: ConfigurationValue) {
    guard let list = value.value(at: ["points"])?.elements else { return nil }
    var points: [Named] = []
    for element in list {
      guard let name = element.value(at: ["name"])?.text, let point = element.value(at: ["at"])?.points?.first,
        let number = element.value(at: ["visibility"])?.number, let whole = Int(exactly: number),
        let visibility = Keypoint.Visibility(rawValue: whole)
      else { return nil }
      points.append(Named(name, point, visibility, document: JSONObject(element.fields?["document"]?.fields ?? [:])))
    }
    self.init(
      points: points, template: value.value(at: ["template"])?.text ?? "",
      instance: value.value(at: ["instance"])?.text ?? "")
  }
}

extension ConfigurationValue {
  static func numbers(_ numbers: [Double]) -> ConfigurationValue { .list(numbers.map { .float($0) }) }

  static func points(_ points: [PixelPoint]) -> ConfigurationValue { .numbers(points.flatMap { [$0.x, $0.y] }) }

  /// So many finite numbers.
  func numbers(_ count: Int) -> [Double]? {
    guard let list = numbers, list.count == count else { return nil }
    return list
  }

  private var numbers: [Double]? {
    guard let elements else { return nil }
    let numbers = elements.compactMap(\.number)
    return numbers.count == elements.count && numbers.allSatisfy(\.isFinite) ? numbers : nil
  }

  /// Points, written as x, y, x, y …
  var points: [PixelPoint]? {
    guard let numbers, numbers.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: numbers.count, by: 2).map { PixelPoint(numbers[$0], numbers[$0 + 1]) }
  }

  fileprivate var pointLists: [[PixelPoint]]? {
    guard let elements else { return nil }
    let lists = elements.compactMap(\.points)
    return lists.count == elements.count ? lists : nil
  }
}
