// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// YOLO in the layout of Ultralytics: `data.yaml` names classes and folders of images; `labels` lies beside `images`.
/// Boxes, polygons, turned boxes and keypoints.
enum YOLOReader: FormatReader {
  static let format = DatasetFormat.yolo

  static func evidence(in tree: FileTree) -> FormatEvidence {
    var evidence = FormatEvidence()
    if let description = description(in: tree) {
      evidence.add("\(description.file) names \(description.names.count) classes", weight: 50)
      return evidence
    }
    let hasFolders =
      tree.paths.contains { $0.contains("labels/") && $0.hasSuffix(".txt") }
      && tree.paths.contains { $0.contains("images/") && ImageHeader.isImageName($0) }
    if hasFolders {
      evidence.add("there are the folders images and labels, with text files in labels", weight: 15)
      return evidence
    }
    return FormatEvidence(against: "there is no YAML file with the key names, and no pair of folders images and labels")
  }

  private static func description(in tree: FileTree) -> YOLODescription? {
    let files = tree.focus.map { [$0] } ?? tree.paths.filter { !$0.contains("/") }
    for file in files where ["yaml", "yml"].contains(PathParts(file).ending) {
      if let text = try? tree.text(file), let description = YOLODescription(text, file: file) { return description }
    }
    return nil
  }

  static func read(_ tree: FileTree, into builder: inout DatasetBuilder) throws(GalleyError) {
    var pairs: [YOLOLabels.Pair] = []
    var keypoints: (count: Int, values: Int)?
    if let description = description(in: tree) {
      for problem in description.problems {
        builder.report(problem.severity, problem.kind, at: problem.place, problem.message)
      }
      for (number, name) in description.names.enumerated() {
        builder.declareNumbered(name, keypoints: description.keypointNames[number] ?? [], at: description.file)
      }
      keypoints = description.keypoints
      for (subset, paths) in description.subsets {
        let images = paths.flatMap { expand($0, in: tree) }
        if images.isEmpty {
          builder.report(
            .error, .emptySubset, at: description.file,
            "the subset \(subset) has no images: \(paths.joined(separator: ", ")) is empty or missing")
        }
        pairs += images.map { .init(image: $0, labels: YOLOLabels.labelPath($0, in: tree), subset: subset) }
      }
    } else {
      pairs = try withoutDescription(tree, &builder)
    }
    reportOrphans(pairs, tree, &builder)
    YOLOLabels.add(pairs, keypoints: keypoints, to: &builder)
  }

  /// The images that a path of `data.yaml` means: a folder, a list file, or one image.
  private static func expand(_ written: String, in tree: FileTree) -> [String] {
    var steps = written.replacing("\\", with: "/").split(separator: "/").filter { $0 != "." && $0 != ".." }.map(
      String.init)
    while !steps.isEmpty {
      let path = steps.joined(separator: "/")
      if path.hasSuffix(".txt"), tree.contains(path) { return listed(path, in: tree) }
      let inside = tree.paths.filter { $0.hasPrefix(path + "/") && ImageHeader.isImageName($0) }
      if !inside.isEmpty { return inside }
      steps.removeFirst()
    }
    return []
  }

  private static func listed(_ file: String, in tree: FileTree) -> [String] {
    let lines = ((try? tree.text(file)) ?? "").split { $0.isNewline }
    return lines.compactMap { tree.resolve($0.trimmed, from: PathParts(file).folder) }
  }

  private static func withoutDescription(
    _ tree: FileTree, _ builder: inout DatasetBuilder
  ) throws(GalleyError) -> [YOLOLabels.Pair] {
    let images = tree.paths.filter { ImageHeader.isImageName($0) }
    let pairs = images.map { image in
      let subset = image.split(separator: "/").dropLast().map(String.init).first { Subset(foreignName: $0) != nil }
      return YOLOLabels.Pair(image: image, labels: YOLOLabels.labelPath(image, in: tree), subset: subset)
    }
    guard !pairs.isEmpty else {
      throw GalleyError(.badData, "can't read YOLO", at: tree.root, why: "there are no images")
    }
    var largest = -1
    for pair in pairs {
      guard let file = pair.labels, let text = try? tree.text(file) else { continue }
      for row in YOLORows(text, file: file).rows where row.label >= 0 && row.label < 10_000 {
        largest = max(largest, row.label)
      }
    }
    for number in 0..<max(0, largest + 1) { builder.declareNumbered("class \(number)", at: "") }
    builder.report(
      .warning, .malformed, at: "", "there is no data.yaml: the classes have no names and are called class 0, class 1 …"
    )
    return pairs
  }

  private static func reportOrphans(_ pairs: [YOLOLabels.Pair], _ tree: FileTree, _ builder: inout DatasetBuilder) {
    let used = Set(pairs.compactMap(\.labels))
    for path in tree.paths where path.hasSuffix(".txt") && path.contains("labels/") && !used.contains(path) {
      guard PathParts(path).name != "classes.txt" else { continue }
      builder.report(.warning, .withoutImage, at: path, "there is no image for this label file")
    }
  }
}

extension StringProtocol {
  /// The text without white space at its ends.
  var trimmed: String {
    let start = drop { $0.isWhitespace }
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...last])
  }
}
