// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import JSONStream

extension COCODocument {
  mutating func readAnnotation(_ json: inout JSONReader) throws -> Entry {
    var entry = Entry(
      image: nil, annotation: Annotation(label: nil, provenance: Provenance(file: file, element: entryCount)))
    try json.beginObject()
    while let key = try json.nextKey() {
      switch key {
      case "image_id": entry.image = try id(&json)
      case "category_id": entry.annotation.label = try id(&json)
      case "bbox": entry.annotation.box = try readBox(&json)
      case "segmentation": try readSegmentation(&json, &entry.annotation)
      case "keypoints": entry.annotation.keypoints = try readKeypoints(&json)
      case "iscrowd": entry.annotation.isCrowd = json.kind() == .bool ? try json.bool() : try json.int() != 0
      case "attributes" where json.kind() == .object:
        entry.annotation.attributes = try json.attributes()
      case "score": entry.annotation.score = try json.double()
      default: try json.skip()
      }
    }
    if entry.image == nil { fault("the annotation has no image_id") }
    return entry
  }

  private mutating func fault(_ message: String, _ kind: DatasetFinding.Kind = .malformed) {
    problems.append(DatasetFinding(.error, kind, at: "\(file): annotations[\(entryCount)]", message))
  }

  private mutating func readBox(_ json: inout JSONReader) throws -> Box? {
    if try json.null() { return nil }
    numbers.removeAll(keepingCapacity: true)
    try json.numbers(into: &numbers)
    let count = numbers.count
    if count == 4 { return Box(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3]) }
    if count > 0 { fault("bbox has \(count) numbers; x, y, width and height make 4") }
    return nil
  }

  private mutating func readSegmentation(_ json: inout JSONReader, _ annotation: inout Annotation) throws {
    switch json.kind() {
    case .array: annotation.polygons = try readPolygons(&json)
    case .object: annotation.mask = try readMask(&json)
    default: try json.skip()
    }
  }

  private mutating func readPolygons(_ json: inout JSONReader) throws -> [[PixelPoint]] {
    var polygons: [[PixelPoint]] = []
    try json.beginArray()
    while try json.nextElement() {
      guard json.kind() == .array else {
        try json.skip()
        if polygons.isEmpty {
          fault("segmentation must be a list of lists of numbers, or an object with size and counts")
        }
        while try json.nextElement() { try json.skip() }
        return []
      }
      numbers.removeAll(keepingCapacity: true)
      try json.numbers(into: &numbers)
      guard numbers.count >= 6, numbers.count % 2 == 0 else {
        fault(
          "polygon \(polygons.count) has \(numbers.count) numbers; three or more points need an even number from 6 on",
          .geometry)
        continue
      }
      polygons.append(points())
    }
    return polygons
  }

  /// The numbers read last, in pairs.
  private func points() -> [PixelPoint] {
    [PixelPoint](unsafeUninitializedCapacity: numbers.count / 2) { buffer, count in
      count = numbers.count / 2
      for index in 0..<count {
        buffer.initializeElement(at: index, to: PixelPoint(numbers[2 * index], numbers[2 * index + 1]))
      }
    }
  }

  private mutating func readMask(_ json: inout JSONReader) throws -> RunLengthMask? {
    var size: [Int] = []
    var counts: [UInt32]?
    var compressed: String?
    try json.object { json, key in
      switch key {
      case "size": try json.array { json in size.append(try json.int()) }
      case "counts" where json.kind() == .string: compressed = try json.string()
      case "counts":
        var runs: [UInt32] = []
        try json.array { json in runs.append(UInt32(clamping: try json.int())) }
        counts = runs
      default: try json.skip()
      }
    }
    guard size.count == 2 else {
      fault("the mask's size must be [height, width]", .geometry)
      return nil
    }
    let pixels = PixelSize(width: size[1], height: size[0])
    let mask =
      compressed.map { RunLengthMask(size: pixels, compressed: $0.utf8) }
      ?? counts.map { RunLengthMask(size: pixels, counts: $0) }
    if case .some(.some(let mask)) = mask { return mask }
    fault("the mask's runs are damaged or don't add up to \(pixels) pixels", .geometry)
    return nil
  }

  private mutating func readKeypoints(_ json: inout JSONReader) throws -> [Keypoint] {
    if try json.null() { return [] }
    var values: [Double] = []
    try json.array { json in values.append(try json.double()) }
    guard values.count % 3 == 0 else {
      fault("keypoints has \(values.count) numbers; each keypoint needs x, y and visibility", .keypoints)
      return []
    }
    return stride(from: 0, to: values.count, by: 3).map { index in
      Keypoint(
        PixelPoint(values[index], values[index + 1]),
        Keypoint.Visibility(rawValue: Int(exactly: values[index + 2].rounded()) ?? 2) ?? .visible)
    }
  }
}
