// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import FoundationEssentials
internal import Galley
internal import Images

/// The `coordinates` of Dataloop's annotation JSON, by `type`.
///
/// A box has its top-left and bottom-right corner, and its angle in degrees at the end if it is turned (about its
/// centre, clockwise on the screen); a polygon its outline and then its holes; a mask is a PNG in a data URL, in which
/// an opacity above 127 belongs to the object.
enum DataloopCoordinates {
  /// What is wrong with coordinates, as a clause.
  struct Problem: Error { let why: String }

  private static let masks = "data:image/png;base64,"

  // MARK: Reading

  static func read(_ type: String, _ value: ConfigurationValue?) throws -> AnnotationGeometry {
    switch type {
    case "class": return .whole
    case "box": return try box(value)
    case "segment":
      let rings = try lists(value, type)
      return .polygon(Outline(parts: Array(rings.prefix(1)), holes: Array(rings.dropFirst())))
    case "polyline":
      let lines = try lists(value, type)
      guard lines.count == 1 else { return .foreign(type: type, coordinates: value ?? .null) }
      return .polyline(lines[0])
    case "point": return .point(try point(value, type))
    case "ellipse": return .ellipse(try ellipse(value))
    case "binary": return .mask(try mask(value))
    case "pose":
      return .keypoints(
        KeypointSet(
          points: [], template: value?.value(at: ["templateId"])?.text ?? "",
          instance: value?.value(at: ["instanceId"])?.text ?? ""))
    default: return .foreign(type: type, coordinates: value ?? .null)
    }
  }

  private static func point(_ value: ConfigurationValue?, _ type: String) throws -> PixelPoint {
    guard let x = value?.value(at: ["x"])?.number, let y = value?.value(at: ["y"])?.number, x.isFinite, y.isFinite
    else {
      throw Problem(why: "a \(type) needs points with numbers x and y")
    }
    return PixelPoint(x, y)
  }

  private static func points(_ values: [ConfigurationValue], _ type: String) throws -> [PixelPoint] {
    try values.map { try point($0, type) }
  }

  private static func box(_ value: ConfigurationValue?) throws -> AnnotationGeometry {
    guard let elements = value?.elements, elements.count >= 2 else {
      throw Problem(why: "a box needs two points")
    }
    let corners = try points(elements.filter { $0.number == nil }, "box")
    if corners.count == 4, let turned = RotatedBox(corners: corners, tolerance: 0.5) { return .rotatedBox(turned) }
    guard corners.count >= 2, let box = Box(around: corners.prefix(2)) else {
      throw Problem(why: "a box needs two points")
    }
    guard let angle = elements.last?.number, angle != 0 else { return .box(box) }
    let center = PixelPoint(box.x + box.width / 2, box.y + box.height / 2)
    return .rotatedBox(RotatedBox(center: center, width: box.width, height: box.height, angle: angle))
  }

  /// Lists of points; a single list without one around it is read too, as older documents have it.
  private static func lists(_ value: ConfigurationValue?, _ type: String) throws -> [[PixelPoint]] {
    guard let elements = value?.elements, !elements.isEmpty else { throw Problem(why: "a \(type) needs points") }
    if elements[0].elements == nil { return [try points(elements, type)] }
    return try elements.map { try points($0.elements ?? [], type) }
  }

  private static func ellipse(_ value: ConfigurationValue?) throws -> Ellipse {
    guard let radiusX = value?.value(at: ["rx"])?.number, let radiusY = value?.value(at: ["ry"])?.number,
      let angle = value?.value(at: ["angle"])?.number
    else { throw Problem(why: "an ellipse needs the numbers rx, ry and angle") }
    let center = try point(value?.value(at: ["center"]), "ellipse")
    return Ellipse(center: center, radiusX: radiusX, radiusY: radiusY, angle: angle)
  }

  private static func mask(_ value: ConfigurationValue?) throws -> RunLengthMask {
    guard let text = value?.text ?? value?.value(at: ["data"])?.text, text.hasPrefix(masks) else {
      throw Problem(why: "a mask needs a text that begins with '\(masks)'")
    }
    guard let data = Data(base64Encoded: String(text.dropFirst(masks.count))) else {
      throw Problem(why: "the mask isn't in base64")
    }
    do throws(ImageError) {
      let image = try Image(decoding: Array(data), options: DecodingOptions(appliesOrientation: false))
      guard image.format == .rgba, image.depth == .eight else {
        throw ImageError(.unsupported, "it has no opacity", at: nil)
      }
      let size = Galley.PixelSize(width: image.width, height: image.height)
      let pixels = stride(from: 3, to: image.bytes.count, by: 4).map { image.bytes[$0] > 127 ? UInt8(1) : 0 }
      guard let mask = RunLengthMask(size: size, pixels: pixels) else {
        throw ImageError(.unsupported, "it is too large", at: nil)
      }
      return mask
    } catch {
      throw Problem(why: "the mask's picture can't be read: \(error.reason)")
    }
  }

  // MARK: Writing

  /// The type and the coordinates; `nil` where there are none.
  /// - Parameter size: The item's, for what becomes a mask.
  static func write(
    _ geometry: AnnotationGeometry, size: Galley.PixelSize?
  ) -> (type: String, value: ConfigurationValue?) {
    switch geometry {
    case .whole: return ("class", nil)
    case .box(let box): return ("box", .list(corners(box.x, box.y, box.right, box.bottom)))
    case .rotatedBox(let box):
      let (x, y) = (box.center.x - box.width / 2, box.center.y - box.height / 2)
      let points = corners(x, y, x + box.width, y + box.height)
      return ("box", .list(box.angle == 0 ? points : points + [.float(box.angle)]))
    case .polygon(let outline) where outline.parts.count == 1:
      return ("segment", .list((outline.parts + outline.holes).map { points($0) }))
    case .polygon(let outline): return ("binary", picture(of: mask(of: outline, size)))
    case .polyline(let line): return ("polyline", .list([points(line)]))
    case .point(let point): return ("point", Self.point(point, z: true))
    case .ellipse(let ellipse):
      return (
        "ellipse",
        .map([
          "angle": .float(ellipse.angle), "center": Self.point(ellipse.center, z: true), "rx": .float(ellipse.radiusX),
          "ry": .float(ellipse.radiusY),
        ])
      )
    case .mask(let mask): return ("binary", picture(of: mask))
    case .keypoints(let set):
      return ("pose", .map(["templateId": .string(set.template), "instanceId": .string(set.instance)]))
    case .foreign(let type, let coordinates): return (type, coordinates == .null ? nil : coordinates)
    }
  }

  static func point(_ point: PixelPoint, z: Bool) -> ConfigurationValue {
    var fields: [String: ConfigurationValue] = ["x": .float(point.x), "y": .float(point.y)]
    if z { fields["z"] = .int(0) }
    return .map(fields)
  }

  private static func points(_ points: [PixelPoint]) -> ConfigurationValue { .list(points.map { point($0, z: false) }) }

  private static func corners(_ left: Double, _ top: Double, _ right: Double, _ bottom: Double) -> [ConfigurationValue]
  {
    [point(PixelPoint(left, top), z: true), point(PixelPoint(right, bottom), z: true)]
  }

  /// The pixels of an area in several parts, which Dataloop's polygons can't say.
  static func mask(of outline: Outline, _ size: Galley.PixelSize?) -> RunLengthMask? {
    let around = Box(around: outline.parts.joined().map { $0 })
    let size =
      size
      ?? Galley.PixelSize(
        width: Int(min(max(around?.right ?? 1, 1), 32_768).rounded(.up)),
        height: Int(min(max(around?.bottom ?? 1, 1), 32_768).rounded(.up)))
    guard let filled = mask(of: outline.parts, size), !outline.holes.isEmpty, let holes = mask(of: outline.holes, size)
    else { return mask(of: outline.parts, size) }
    return RunLengthMask(size: size, pixels: zip(filled.pixels, holes.pixels).map { $0 != 0 && $1 == 0 ? 1 : 0 })
  }

  /// The pixels within outlines; `nil` if the size, which a file may state as it likes, is beyond that of any mask.
  static func mask(of outlines: [[PixelPoint]], _ size: Galley.PixelSize) -> RunLengthMask? {
    guard size.width <= 1 << 20, size.height <= 1 << 20, size.width * size.height <= RunLengthMask.maximumPixelCount
    else { return nil }
    return RunLengthMask(polygons: outlines, size: size)
  }

  /// White where the object is, and nothing elsewhere.
  private static func picture(of mask: RunLengthMask?) -> ConfigurationValue? {
    // Four bytes for each pixel: a mask of more than 2²⁶ is no picture that anybody draws.
    guard let mask, mask.size.width * mask.size.height <= 1 << 26 else { return nil }
    let pixels = mask.pixels.flatMap { [UInt8](repeating: $0 == 0 ? 0 : 255, count: 4) }
    guard let png = PNGEncoder.encode(pixels, width: mask.size.width, height: mask.size.height, channels: 4) else {
      return nil
    }
    return .string(masks + Data(png).base64EncodedString())
  }
}
