// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Folders as Anomalib's `Folder` takes them: one of normal images, one or more of abnormal images, perhaps one of
/// masks whose names contain those of the images.
enum AnomalibReader: FormatReader {
  static let format = DatasetFormat.anomalib
  private static let normal: Set<String> = ["good", "normal", "ok"]
  private static let abnormal: Set<String> = [
    "abnormal", "anomalous", "anomaly", "anomalies", "bad", "broken", "defect", "defective", "defects", "ng", "nok",
  ]
  private static let masks: Set<String> = ["mask", "masks", "ground_truth", "gt"]

  static func evidence(in tree: FileTree) -> FormatEvidence {
    let tops = folders(tree)
    guard let good = tops.first(where: { normal.contains($0.lowercased()) }) else {
      return FormatEvidence(against: "no folder is called good or normal")
    }
    let bad = tops.filter { abnormal.contains($0.lowercased()) }
    let maskFolder = tops.first { masks.contains($0.lowercased()) }
    var evidence = FormatEvidence()
    guard !bad.isEmpty || maskFolder != nil else {
      return FormatEvidence(against: "no folder is called abnormal, bad, defect or the like, and there are no masks")
    }
    evidence.add("there are the folders \(([good] + bad).joined(separator: " and "))", weight: 25)
    if let maskFolder { evidence.add("there is the folder \(maskFolder)", weight: 5) }
    return evidence
  }

  /// The folders at the top that hold images.
  private static func folders(_ tree: FileTree) -> [String] {
    Set(tree.paths.filter { ImageHeader.isImageName($0) && $0.contains("/") }.map { String($0.prefix { $0 != "/" }) })
      .sorted()
  }

  static func read(_ tree: FileTree, into builder: inout DatasetBuilder) throws(GalleyError) {
    let images = tree.paths.filter { ImageHeader.isImageName($0) && $0.contains("/") }
    var maskPaths: [String: String] = [:]
    for path in images where masks.contains(path.prefix { $0 != "/" }.lowercased()) {
      let stem = PathParts(path).stem
      maskPaths[stem.hasSuffix("_mask") ? String(stem.dropLast(5)) : stem] = path
    }
    guard !images.isEmpty else {
      throw GalleyError(.badData, "can't read Anomalib folders", at: tree.root, why: "there are no images in folders")
    }
    for name in folders(tree) where normal.contains(name.lowercased()) { _ = builder.label(name) }
    for path in images {
      let steps = path.split(separator: "/").map(String.init)
      guard !masks.contains(steps[0].lowercased()) else { continue }
      var item = builder.imageItem(path, subset: nil, withSize: false)
      let isNormal = normal.contains(steps[0].lowercased())
      // Below a folder of abnormal images, folders may tell kinds of defects apart.
      let label = isNormal || steps.count < 3 ? steps[0] : steps[steps.count - 2]
      var annotation = Annotation(label: builder.label(label), provenance: Provenance(file: path))
      if !isNormal, let mask = maskPaths[PathParts(path).stem] {
        annotation.maskFile = tree.source(mask)
        annotation.attributes["mask"] = .string(mask)
      } else if !isNormal, !maskPaths.isEmpty {
        builder.report(.warning, .missingFile, at: path, "there are masks, but none for this image", item: path)
      }
      item.annotations = [annotation]
      builder.append(item)
    }
  }
}
