// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// MVTec AD: for each category `train/good`, `test/good`, `test/<defect>` and `ground_truth/<defect>/<name>_mask.png`.
/// The root may be one category or hold several.
///
/// The classes are `good` and the defects. With several categories an item's metadata names its category.
enum MVTecReader: FormatReader {
  static let format = DatasetFormat.mvtec

  static func evidence(in tree: FileTree) -> FormatEvidence {
    let categories = categories(tree)
    guard !categories.isEmpty else {
      return FormatEvidence(against: "no folder has train/good and test in it")
    }
    var evidence = FormatEvidence()
    let names = categories.filter { !$0.isEmpty }
    evidence.add(
      "train/good and test are there" + (names.isEmpty ? "" : " in \(names.joined(separator: ", "))"), weight: 35)
    if tree.paths.contains(where: { $0.contains("ground_truth/") }) {
      evidence.add("there is the folder ground_truth", weight: 20)
    }
    return evidence
  }

  private static func categories(_ tree: FileTree) -> [String] {
    var trained: Set<String> = []
    var tested: Set<String> = []
    for path in tree.paths where ImageHeader.isImageName(path) {
      let steps = path.split(separator: "/").map(String.init)
      for level in 0...1 where steps.count == level + 3 {
        let category = level == 0 ? "" : steps[0]
        if steps[level] == "train", steps[level + 1] == "good" { trained.insert(category) }
        if steps[level] == "test" { tested.insert(category) }
      }
    }
    return trained.intersection(tested).sorted()
  }

  static func read(_ tree: FileTree, into builder: inout DatasetBuilder) throws(GalleyError) {
    let categories = categories(tree)
    guard !categories.isEmpty else {
      throw GalleyError(.badData, "can't read MVTec AD", at: tree.root, why: "no folder has train/good and test in it")
    }
    _ = builder.label("good")
    for category in categories { read(category, tree, &builder) }
  }

  private static func read(_ category: String, _ tree: FileTree, _ builder: inout DatasetBuilder) {
    let prefix = category.isEmpty ? "" : category + "/"
    var usedMasks: Set<String> = []
    for path in tree.paths where path.hasPrefix(prefix) && ImageHeader.isImageName(path) {
      let steps = path.dropFirst(prefix.count).split(separator: "/").map(String.init)
      guard steps.count == 3, steps[0] != "ground_truth" else {
        if steps.count != 3 { builder.report(.warning, .malformed, at: path, "the image lies outside train and test") }
        continue
      }
      var item = builder.imageItem(path, subset: steps[0], withSize: false)
      if !category.isEmpty { item.metadata["category"] = .string(category) }
      var annotation = Annotation(label: builder.label(steps[1]), provenance: Provenance(file: path))
      if steps[1] != "good" {
        let mask = "\(prefix)ground_truth/\(steps[1])/\(PathParts(path).stem)_mask.png"
        let plain = "\(prefix)ground_truth/\(steps[1])/\(PathParts(path).stem).png"
        if let found = [mask, plain].first(where: tree.contains) {
          usedMasks.insert(found)
          annotation.maskFile = tree.source(found)
          annotation.attributes["mask"] = .string(found)
        } else {
          builder.report(.error, .missingFile, at: path, "the mask \(mask) is missing", item: path)
        }
      }
      item.annotations = [annotation]
      builder.append(item)
    }
    for path in tree.paths where path.hasPrefix(prefix + "ground_truth/") && !usedMasks.contains(path) {
      builder.report(.warning, .withoutImage, at: path, "there is no image for this mask")
    }
  }
}
