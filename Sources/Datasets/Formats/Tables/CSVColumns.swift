// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What the columns of a table mean.
struct CSVColumns {
  private(set) var image: Int?
  private(set) var label: Int?
  private(set) var subset: Int?
  private(set) var score: Int?
  private(set) var imageWidth: Int?
  private(set) var imageHeight: Int?
  /// The columns xmin, ymin, xmax, ymax.
  private(set) var corners: [Int]?
  /// The columns x, y, width, height.
  private(set) var extents: [Int]?
  /// Columns without a meaning here: metadata.
  private(set) var others: [(name: String, index: Int)] = []

  static let imageNames = ["image", "path", "filename", "file_name", "file", "image_path", "filepath"]
  static let labelNames = ["label", "class", "category", "class_name", "label_name"]

  init(_ header: [String]) {
    let names = header.map { $0.trimmed.lowercased() }
    func find(_ candidates: [String]) -> Int? { candidates.lazy.compactMap { names.firstIndex(of: $0) }.first }
    image = find(Self.imageNames)
    label = find(Self.labelNames)
    subset = find(["subset", "split", "set"])
    score = find(["score", "confidence"])
    let edges = ["xmin", "ymin", "xmax", "ymax"].compactMap { find([$0]) }
    let box = ["x", "y", "width", "height"].compactMap { find([$0]) }
    if edges.count == 4 {
      corners = edges
      // Beside corners, width and height are the image's.
      imageWidth = find(["image_width", "width"])
      imageHeight = find(["image_height", "height"])
    } else {
      if box.count == 4 { extents = box }
      imageWidth = find(["image_width"])
      imageHeight = find(["image_height"])
    }
    let used = Set(
      [image, label, subset, score, imageWidth, imageHeight].compactMap { $0 } + (corners ?? []) + (extents ?? []))
    others = header.enumerated().filter { !used.contains($0.offset) && !$0.element.isEmpty }.map {
      ($0.element, $0.offset)
    }
  }
}
