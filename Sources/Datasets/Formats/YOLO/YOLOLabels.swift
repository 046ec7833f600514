// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Reads the label files of many images and joins them with the images.
struct YOLOLabels {
  /// An image and its label file, if there is one.
  struct Pair {
    var image: String
    var labels: String?
    var subset: String?
  }

  /// Adds the images with their annotations.
  static func add(
    _ pairs: [Pair], keypoints: (count: Int, values: Int)?, to builder: inout DatasetBuilder
  ) {
    var files: [(Pair, YOLORows)] = []
    for pair in pairs { files.append((pair, rows(pair, &builder))) }
    var meaning = YOLOMeaning(isOriented: false, keypoints: keypoints)
    if keypoints == nil { meaning.isOriented = isOriented(files, &builder) }
    for (pair, rows) in files { add(pair, rows, meaning, to: &builder) }
  }

  private static func rows(_ pair: Pair, _ builder: inout DatasetBuilder) -> YOLORows {
    guard let file = pair.labels else { return YOLORows("", file: "") }
    do throws(GalleyError) {
      let rows = YOLORows(try builder.tree.text(file), file: file)
      for problem in rows.problems {
        builder.report(problem.severity, problem.kind, at: problem.place, problem.message, item: pair.image)
      }
      return rows
    } catch {
      builder.report(error)
      return YOLORows("", file: file)
    }
  }

  /// Whether rows of eight numbers are turned boxes: if all rows that aren't boxes have eight and form rectangles.
  private static func isOriented(_ files: [(Pair, YOLORows)], _ builder: inout DatasetBuilder) -> Bool {
    var count = 0
    for (pair, rows) in files {
      for row in rows.rows where row.values.count > 5 {
        guard row.values.count == 8, let size = builder.header(pair.image)?.size else { return false }
        let points = stride(from: 0, to: 8, by: 2).map {
          PixelPoint(row.values[$0] * Double(size.width), row.values[$0 + 1] * Double(size.height))
        }
        guard RotatedBox(corners: points, tolerance: 1 + 0.01 * Double(max(size.width, size.height))) != nil else {
          return false
        }
        count += 1
      }
    }
    if count > 0 {
      builder.report(
        .note, .geometry, at: "", "all \(count) polygons have four corners and are rectangles: read as turned boxes")
    }
    return count > 0
  }

  private static func add(_ pair: Pair, _ rows: YOLORows, _ meaning: YOLOMeaning, to builder: inout DatasetBuilder) {
    var item = builder.imageItem(pair.image, subset: pair.subset)
    if pair.labels == nil { item.metadata["labelFile"] = .null }
    guard let file = pair.labels, !rows.rows.isEmpty else { return builder.append(item) }
    guard let size = item.size else {
      builder.report(
        .error, .unreadableImage, at: pair.image,
        "the image's size can't be read, so the \(rows.rows.count) rows of \(file) mean nothing", item: pair.image)
      return builder.append(item)
    }
    for row in rows.rows {
      let place = "\(file):\(row.line)"
      let (annotation, problem) = meaning.annotation(row, size, file: file)
      if let problem { builder.report(.error, .malformed, at: place, problem, item: pair.image) }
      guard let annotation else { continue }
      guard builder.dataset.classes.indices.contains(row.label) else {
        builder.report(
          .error, .classOutOfRange, at: place,
          "the class \(row.label) is not one of 0 to \(builder.dataset.classes.count - 1)", item: pair.image)
        continue
      }
      item.annotations.append(annotation)
    }
    builder.append(item)
  }

  /// The label file of an image: the last folder `images` becomes `labels`; else it lies beside the image.
  static func labelPath(_ image: String, in tree: FileTree) -> String? {
    var steps = PathParts(image).pathStem.split(separator: "/").map(String.init)
    let beside = steps.joined(separator: "/") + ".txt"
    if let place = steps.dropLast().lastIndex(of: "images") {
      steps[place] = "labels"
      let path = steps.joined(separator: "/") + ".txt"
      if tree.contains(path) { return path }
    }
    return tree.contains(beside) ? beside : nil
  }
}
