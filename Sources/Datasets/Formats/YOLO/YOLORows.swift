// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley

/// A label file of YOLO: a line for each object, numbers divided by the image's width or height.
struct YOLORows {
  /// One line.
  struct Row {
    var line: Int
    var label: Int
    var values: [Double]
  }

  private(set) var rows: [Row] = []
  private(set) var problems: [DatasetFinding] = []

  init(_ text: String, file: String) {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
      guard let first = words.first else { continue }
      let place = "\(file):\(index + 1)"
      // Some programs write the class as 3.0.
      guard let label = Int(first) ?? Double(first).flatMap({ Int(exactly: $0) }) else {
        problems.append(
          DatasetFinding(.error, .malformed, at: place, "'\(first)' is no class number"))
        continue
      }
      let values = words.dropFirst().map { Double($0) }
      if let bad = values.firstIndex(where: { $0?.isFinite != true }) {
        problems.append(DatasetFinding(.error, .malformed, at: place, "'\(words[bad + 1])' is no number"))
        continue
      }
      rows.append(Row(line: index + 1, label: label, values: values.compactMap { $0 }))
    }
  }
}

/// What the numbers of a row mean.
struct YOLOMeaning {
  /// Eight numbers are the corners of a turned box instead of a polygon.
  var isOriented = false
  /// Keypoints and numbers of each; from `kpt_shape`.
  var keypoints: (count: Int, values: Int)?

  /// The annotation of a row for an image of this size; `nil` with a message if the count of numbers fits nothing.
  func annotation(_ row: YOLORows.Row, _ size: PixelSize, file: String) -> (Annotation?, String?) {
    let (width, height) = (Double(size.width), Double(size.height))
    var annotation = Annotation(label: row.label, provenance: Provenance(file: file, line: row.line))
    let values = row.values
    if let keypoints {
      guard values.count == 4 + keypoints.count * keypoints.values else {
        return (
          nil,
          "the row has \(values.count) numbers after the class; a box and \(keypoints.count) keypoints of \(keypoints.values) make \(4 + keypoints.count * keypoints.values)"
        )
      }
      annotation.box = Self.box(values, width, height)
      annotation.keypoints = stride(from: 4, to: values.count, by: keypoints.values).map { index in
        let visibility = keypoints.values == 3 ? Keypoint.Visibility(rawValue: Int(values[index + 2])) : nil
        return Keypoint(PixelPoint(values[index] * width, values[index + 1] * height), visibility ?? .visible)
      }
      return (annotation, nil)
    }
    if values.count == 4 || values.count == 5 {
      annotation.box = Self.box(values, width, height)
      annotation.score = values.count == 5 ? values[4] : nil
      return (annotation, nil)
    }
    guard values.count >= 6, values.count % 2 == 0 else {
      return (
        nil, "the row has \(values.count) numbers after the class; 4 make a box, an even number from 6 on a polygon"
      )
    }
    let points = stride(from: 0, to: values.count, by: 2).map {
      PixelPoint(values[$0] * width, values[$0 + 1] * height)
    }
    if isOriented, let box = RotatedBox(corners: points, tolerance: 2 + 0.02 * max(width, height)) {
      annotation.rotatedBox = box
    } else {
      annotation.polygons = [points]
    }
    return (annotation, nil)
  }

  private static func box(_ values: [Double], _ width: Double, _ height: Double) -> Box {
    Box(
      x: (values[0] - values[2] / 2) * width, y: (values[1] - values[3] / 2) * height, width: values[2] * width,
      height: values[3] * height)
  }
}
