// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// YOLO as darknet has it: `obj.names` with a class in each line, `obj.data` that names lists of images, label files
/// beside the images. Without `obj.data`, `classes.txt` beside the images will do.
enum DarknetReader: FormatReader {
  static let format = DatasetFormat.darknet

  static func evidence(in tree: FileTree) -> FormatEvidence {
    var evidence = FormatEvidence()
    if let data = dataFile(tree) {
      evidence.add("\(data) names a list of images and a file of names", weight: 55)
    } else if let names = namesFile(tree) {
      let pairs = tree.paths.lazy.filter {
        ImageHeader.isImageName($0) && tree.contains(PathParts($0).pathStem + ".txt")
      }
      if pairs.isEmpty {
        evidence.object("no image has a text file of the same name beside it")
      } else {
        evidence.add("\(names) lists classes, and images have text files of the same name beside them", weight: 30)
      }
    } else {
      evidence.object("there is neither a .data file, nor a .names file, nor classes.txt")
    }
    return evidence
  }

  /// The pairs of a `.data` file.
  private static func settings(_ text: String) -> [String: String] {
    var settings: [String: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { settings[parts[0].trimmed] = parts[1].trimmed }
    }
    return settings
  }

  private static func dataFile(_ tree: FileTree) -> String? {
    let files = tree.focus.map { [$0] } ?? tree.paths
    return files.first { path in
      guard PathParts(path).ending == "data", let text = try? tree.text(path) else { return false }
      return settings(text)["names"] != nil
    }
  }

  private static func namesFile(_ tree: FileTree) -> String? {
    tree.paths.first { PathParts($0).ending == "names" || PathParts($0).name == "classes.txt" }
  }

  static func read(_ tree: FileTree, into builder: inout DatasetBuilder) throws(GalleyError) {
    var lists: [(String, String)] = []
    var names = namesFile(tree)
    if let file = dataFile(tree) {
      let settings = settings(try tree.text(file))
      if let written = settings["names"] { names = tree.resolve(written, from: PathParts(file).folder) ?? names }
      for key in ["train", "valid", "val", "test"] {
        guard let written = settings[key] else { continue }
        if let list = tree.resolve(written, from: PathParts(file).folder) {
          lists.append((key, list))
        } else {
          builder.report(.error, .missingFile, at: file, "the list '\(written)' of \(key) is missing")
        }
      }
      if let stated = settings["classes"].flatMap({ Int($0) }), let names, let text = try? tree.text(names) {
        let count = classNames(text).count
        if count != stated {
          builder.report(.error, .classOutOfRange, at: file, "classes is \(stated), but \(names) lists \(count)")
        }
      }
    }
    guard let names else {
      throw GalleyError(.badData, "can't read darknet's YOLO", at: tree.root, why: "there is no file of class names")
    }
    for name in classNames(try tree.text(names)) { builder.declareNumbered(name, at: names) }
    YOLOLabels.add(try pairs(lists, tree, &builder), keypoints: nil, to: &builder)
  }

  private static func classNames(_ text: String) -> [String] {
    var names = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(\.trimmed)
    while names.last?.isEmpty == true { names.removeLast() }
    return names
  }

  private static func pairs(
    _ lists: [(String, String)], _ tree: FileTree, _ builder: inout DatasetBuilder
  ) throws(GalleyError) -> [YOLOLabels.Pair] {
    guard !lists.isEmpty else {
      return tree.paths.filter(ImageHeader.isImageName).map {
        .init(image: $0, labels: YOLOLabels.labelPath($0, in: tree), subset: nil)
      }
    }
    var pairs: [YOLOLabels.Pair] = []
    for (subset, list) in lists {
      for (index, line) in try tree.text(list).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        .enumerated()
      {
        let written = line.trimmed
        guard !written.isEmpty else { continue }
        guard let image = tree.resolve(written, from: PathParts(list).folder) else {
          builder.report(.error, .missingFile, at: "\(list):\(index + 1)", "the image '\(written)' is missing")
          continue
        }
        pairs.append(.init(image: image, labels: YOLOLabels.labelPath(image, in: tree), subset: subset))
      }
    }
    return pairs
  }
}
