// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Pascal VOC: an XML file for each image in `Annotations`, lists of subsets in `ImageSets/Main`, images in
/// `JPEGImages`. XML files beside their images, as Roboflow exports them, are read too.
///
/// Corners are pixel numbers counted from 1, both inclusive: `xmin` 1 and `xmax` 1 is a box one pixel wide.
enum VOCReader: FormatReader {
  static let format = DatasetFormat.voc

  static func evidence(in tree: FileTree) -> FormatEvidence {
    let files = tree.paths.filter { PathParts($0).ending == "xml" }
    guard let first = files.first else { return FormatEvidence(against: "there are no XML files") }
    var evidence = FormatEvidence()
    for file in files.prefix(8) {
      guard let text = try? tree.text(file), let document = try? XMLDocument(text) else { continue }
      guard document.root.name == "annotation" else {
        return FormatEvidence(against: "\(file) has the element '\(document.root.name)' at its top, not 'annotation'")
      }
      evidence.add("\(file) has the element 'annotation' at its top", weight: 40)
      break
    }
    if evidence.reasonsFor.isEmpty { evidence.object("\(first) and others can't be read as XML") }
    if tree.paths.contains(where: { $0.contains("ImageSets/") }) {
      evidence.add("there is the folder ImageSets", weight: 10)
    }
    if tree.paths.contains(where: { $0.hasSuffix("trimaps") || $0.contains("annotations/trimaps/") }) {
      evidence.object("there is the folder annotations/trimaps of Oxford-IIIT Pets")
    }
    return evidence
  }

  static func read(_ tree: FileTree, into builder: inout DatasetBuilder) throws(GalleyError) {
    let files = tree.paths.filter { PathParts($0).ending == "xml" }
    let lists = VOCLists(tree, &builder)
    guard !files.isEmpty || !lists.subsets.isEmpty else {
      throw GalleyError(.badData, "can't read Pascal VOC", at: tree.root, why: "there are neither XML files nor lists")
    }
    let images = Dictionary(
      tree.paths.filter { ImageHeader.isImageName($0) && !$0.contains("Segmentation") }.map {
        (PathParts($0).stem, $0)
      },
      uniquingKeysWith: { first, _ in first })
    var stems: Set<String> = []
    for file in files {
      let stem = PathParts(file).stem
      stems.insert(stem)
      let annotation = VOCAnnotation(file, in: tree, &builder)
      let folder = PathParts(file).folder
      let image =
        beside(file, in: tree) ?? images[stem] ?? annotation?.fileName.flatMap { tree.resolve($0, from: folder) }
      let subset =
        lists.subsets[stem] ?? (Subset(foreignName: PathParts(folder).name).map { _ in PathParts(folder).name })
      builder.append(item(file, annotation, image, subset, tree))
    }
    for (stem, place) in lists.places.sorted(by: { $0.key < $1.key }) where !stems.contains(stem) {
      guard let image = images[stem] else {
        builder.report(.error, .missingFile, at: place, "'\(stem)' has neither an image nor an XML file")
        continue
      }
      builder.append(builder.imageItem(image, subset: lists.subsets[stem]))
    }
    if let mask = tree.paths.first(where: { $0.contains("SegmentationObject/") || $0.contains("SegmentationClass/") }) {
      builder.report(.note, .unsupported, at: mask, "segmentation masks of Pascal VOC are read if that is asked for")
    }
  }

  private static func beside(_ file: String, in tree: FileTree) -> String? {
    let stem = PathParts(file).pathStem
    return ["jpg", "jpeg", "png", "bmp", "webp", "JPG", "PNG"].lazy.map { "\(stem).\($0)" }.first(where: tree.contains)
  }

  private static func item(
    _ file: String, _ annotation: VOCAnnotation?, _ image: String?, _ subset: String?, _ tree: FileTree
  ) -> DatasetItem {
    let name = annotation?.fileName ?? PathParts(file).stem
    var item = DatasetItem(
      id: image ?? name, source: image.map(tree.source) ?? .missing(name), subset: subset, size: annotation?.size,
      annotations: annotation?.annotations ?? [], provenance: Provenance(file: file))
    if let folder = annotation?.folder { item.metadata["folder"] = .string(folder) }
    return item
  }
}

/// The lists of `ImageSets/Main`.
struct VOCLists {
  /// The subset of each image.
  private(set) var subsets: [String: String] = [:]
  /// Where each image is listed.
  private(set) var places: [String: String] = [:]

  init(_ tree: FileTree, _ builder: inout DatasetBuilder) {
    let files = tree.paths.filter { $0.contains("ImageSets/Main/") && $0.hasSuffix(".txt") }
    // trainval joins two others, so those go first.
    for file in files.sorted(by: { !$0.hasSuffix("trainval.txt") && $1.hasSuffix("trainval.txt") }) {
      let subset = PathParts(file).stem
      guard let text = try? tree.text(file) else { continue }
      for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
        let words = line.split(separator: " ")
        guard let stem = words.first.map({ String($0).trimmed }), !stem.isEmpty else { continue }
        // Lists of one class have a second column, and say nothing about subsets.
        if words.count > 1 { break }
        if let other = subsets[stem], other != subset {
          if subset != "trainval" {
            builder.report(
              .error, .leakage, at: "\(file):\(index + 1)", "'\(stem)' is listed in \(other) and in \(subset)")
          }
          continue
        }
        subsets[stem] = subset
        places[stem] = "\(file):\(index + 1)"
      }
    }
  }
}
