// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// The rows of a label file.
enum YOLORowText {
  /// A line for each object whose class and place are known.
  /// - Parameter keypoints: how many keypoints each line has; 0 for outlines or boxes.
  static func text(_ item: DatasetItem, boxesOnly: Bool, keypoints: Int = 0) throws(GalleyError) -> String {
    let drawn = item.annotations.filter { $0.label != nil && place(of: $0) != nil }
    guard !drawn.isEmpty else { return "" }
    guard let size = item.size, size.width > 0, size.height > 0 else {
      throw GalleyError(
        .badData, "can't write YOLO labels", at: item.id, why: "the image's size is unknown, and YOLO divides by it")
    }
    var text = ""
    for annotation in drawn {
      guard let label = annotation.label, let box = place(of: annotation) else { continue }
      if keypoints > 0 {
        text += row(label, box, annotation.keypoints, keypoints, size)
      } else if !boxesOnly, let corners = annotation.rotatedBox?.corners {
        text += row(label, corners, size)
      } else if !boxesOnly, !annotation.polygons.isEmpty {
        for polygon in annotation.polygons { text += row(label, polygon, size) }
      } else {
        text += "\(label) " + relative(box, size).map { "\($0)" }.joined(separator: " ") + "\n"
      }
    }
    return text
  }

  /// The box of an object; of one that has keypoints only, the box around those.
  private static func place(of annotation: Annotation) -> Box? {
    annotation.bounds ?? Box(around: annotation.keypoints.filter { $0.visibility != .absent }.map(\.point))
  }

  private static func relative(_ box: Box, _ size: PixelSize) -> [Double] {
    [
      (box.x + box.width / 2) / Double(size.width), (box.y + box.height / 2) / Double(size.height),
      box.width / Double(size.width), box.height / Double(size.height),
    ]
  }

  /// A box and keypoints, each with its visibility; those that are lacking are absent.
  private static func row(
    _ label: Int, _ box: Box, _ keypoints: [Keypoint], _ count: Int, _ size: PixelSize
  ) -> String {
    var words = ["\(label)"] + relative(box, size).map { "\($0)" }
    for index in 0..<count {
      guard keypoints.indices.contains(index), keypoints[index].visibility != .absent else {
        words += ["0", "0", "0"]
        continue
      }
      let keypoint = keypoints[index]
      words += ["\(keypoint.point.x / Double(size.width))", "\(keypoint.point.y / Double(size.height))"]
      words.append("\(keypoint.visibility.rawValue)")
    }
    return words.joined(separator: " ") + "\n"
  }

  private static func row(_ label: Int, _ points: [PixelPoint], _ size: PixelSize) -> String {
    let values = points.flatMap { [$0.x / Double(size.width), $0.y / Double(size.height)] }
    return "\(label) " + values.map { "\($0)" }.joined(separator: " ") + "\n"
  }

  /// Sizes that the data set doesn't state, read from the images.
  static func withSize(_ item: DatasetItem, _ bytes: inout ItemBytes) -> DatasetItem {
    guard item.size == nil, let data = try? bytes.read(item.source), let header = try? ImageHeader(data) else {
      return item
    }
    var item = item
    item.size = header.size
    return item
  }
}

/// Writes `data.yaml`, `images/<subset>` and `labels/<subset>`.
enum YOLOWriter: FormatWriter {
  static let format = DatasetFormat.yolo

  static func write(_ dataset: AnnotatedDataset, to output: inout DatasetOutput) throws(GalleyError) {
    var bytes = ItemBytes()
    var yaml = "path: .\n"
    let keypoints = keypointCount(of: dataset)
    for (subset, items) in DatasetOutput.subsets(dataset) {
      let folder = subset ?? "train"
      for item in items {
        let name = try output.writeImage(of: item, into: "images/\(folder)")
        let rows = try YOLORowText.text(YOLORowText.withSize(item, &bytes), boxesOnly: false, keypoints: keypoints)
        try output.write(rows, to: "labels/\(folder)/\(PathParts(name).stem).txt")
      }
      yaml += "\(key(folder)): images/\(folder)\n"
    }
    if keypoints > 0 { yaml += "kpt_shape: [\(keypoints), 3]\n" + keypointNames(dataset.classes, keypoints) }
    yaml += dataset.classes.isEmpty ? "names: {}\n" : "names:\n"
    for (index, name) in dataset.labels.enumerated() { yaml += "  \(index): \(quoted(name))\n" }
    try output.write(yaml, to: "data.yaml")
  }

  /// Ultralytics knows train, val and test.
  private static func key(_ subset: String) -> String {
    switch Subset(foreignName: subset) {
    case .train: subset == "trainval" ? "train" : subset.hasPrefix("train") ? "train" : subset
    case .validation: "val"
    case .test: "test"
    case nil: subset
    }
  }

  /// The number of keypoints in each row: the format has one for all.
  static func keypointCount(of dataset: AnnotatedDataset) -> Int {
    dataset.items.lazy.flatMap(\.annotations).map(\.keypoints.count).max() ?? 0
  }

  /// The names of keypoints of the classes that name as many as rows have.
  private static func keypointNames(_ classes: [DatasetClass], _ count: Int) -> String {
    let lines = classes.enumerated().filter { $0.element.keypoints.count == count }.map { index, known in
      "  \(index): [\(known.keypoints.map(quoted).joined(separator: ", "))]\n"
    }
    return lines.isEmpty ? "" : "kpt_names:\n" + lines.joined()
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\0"..."\u{1F}", "\u{7F}": result += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// Writes `obj.data`, `obj.names`, `<subset>.txt` and `obj_<subset>_data`.
enum DarknetWriter: FormatWriter {
  static let format = DatasetFormat.darknet

  static func write(_ dataset: AnnotatedDataset, to output: inout DatasetOutput) throws(GalleyError) {
    if let bad = dataset.labels.first(where: { $0.contains { $0.isNewline } || $0.trimmed != $0 }) {
      throw GalleyError(
        .badData, "can't write darknet's YOLO", at: "class '\(bad)'",
        why: "its names stand in lines, so they can't hold line breaks or end in spaces")
    }
    var bytes = ItemBytes()
    var settings = "classes = \(dataset.classes.count)\n"
    for (subset, items) in DatasetOutput.subsets(dataset) {
      let name = key(subset)
      var list = ""
      for item in items {
        let file = try output.writeImage(of: item, into: "obj_\(name)_data")
        list += "data/obj_\(name)_data/\(file)\n"
        let rows = try YOLORowText.text(YOLORowText.withSize(item, &bytes), boxesOnly: true)
        try output.write(rows, to: "obj_\(name)_data/\(PathParts(file).stem).txt")
      }
      try output.write(list, to: "\(name).txt")
      settings += "\(name) = data/\(name).txt\n"
    }
    settings += "names = data/obj.names\nbackup = backup/\n"
    try output.write(settings, to: "obj.data")
    try output.write(dataset.labels.map { $0 + "\n" }.joined(), to: "obj.names")
  }

  private static func key(_ subset: String?) -> String {
    guard let subset else { return "train" }
    switch Subset(foreignName: subset) {
    case .train: return "train"
    case .validation: return "valid"
    case .test: return "test"
    case nil: return subset
    }
  }
}
