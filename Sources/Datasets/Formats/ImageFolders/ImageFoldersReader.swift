// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// A folder for each class, perhaps below a folder for each subset: `train/cat/1.jpg`.
enum ImageFoldersReader: FormatReader {
  static let format = DatasetFormat.imageFolders

  static func evidence(in tree: FileTree) -> FormatEvidence {
    let images = tree.paths.filter(ImageHeader.isImageName)
    var evidence = FormatEvidence()
    guard !images.isEmpty else { return FormatEvidence(against: "there are no images") }
    let layout = ImageFolderLayout(images)
    if let loose = layout.loose { evidence.object("\(loose) does not lie in the folder of a class") }
    if let sign = tree.paths.first(where: isAnnotationFile) { evidence.object("\(sign) seems to hold annotations") }
    if evidence.reasonsAgainst.isEmpty {
      evidence.add(
        "\(images.count) images lie in folders of \(layout.classes.count) classes"
          + (layout.subsets.isEmpty ? "" : " below those of the subsets \(layout.subsets.joined(separator: ", "))"),
        weight: 10)
    }
    return evidence
  }

  private static func isAnnotationFile(_ path: String) -> Bool {
    let parts = PathParts(path)
    return ["xml", "json", "yaml", "yml", "names", "data"].contains(parts.ending)
      && !parts.name.contains(".about.")
  }

  static func read(_ tree: FileTree, into builder: inout DatasetBuilder) throws(GalleyError) {
    let images = tree.paths.filter(ImageHeader.isImageName)
    guard !images.isEmpty else {
      throw GalleyError(.badData, "can't read image folders", at: tree.root, why: "there are no images")
    }
    let layout = ImageFolderLayout(images)
    for name in layout.classes { _ = builder.label(name) }
    for path in images {
      guard let (subset, name) = layout.place(path) else {
        builder.report(.error, .malformed, at: path, "the image does not lie in the folder of a class", item: path)
        continue
      }
      var item = builder.imageItem(path, subset: subset, withSize: false)
      item.annotations = [Annotation(label: builder.label(name), provenance: Provenance(file: path))]
      builder.append(item)
    }
  }
}

/// How folders and classes relate.
struct ImageFolderLayout {
  /// Subsets in alphabetical order; empty if there are none.
  let subsets: [String]
  /// Classes, sorted as torchvision's `ImageFolder` does: by code point.
  let classes: [String]
  /// An image for which the layout has no place.
  let loose: String?

  init(_ images: [String]) {
    let steps = images.map { $0.split(separator: "/").map(String.init) }
    let hasSubsets = steps.allSatisfy { $0.count >= 3 && Subset(foreignName: $0[0]) != nil }
    subsets = hasSubsets ? Set(steps.map { $0[0] }).sorted() : []
    let depth = hasSubsets ? 3 : 2
    loose = zip(images, steps).first { $1.count != depth }?.0
    let level = depth - 2
    classes = Set(steps.filter { $0.count >= depth }.map { $0[level] })
      .sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
  }

  /// The subset and the class of an image; `nil` if the layout has no place for it.
  func place(_ path: String) -> (String?, String)? {
    let steps = path.split(separator: "/").map(String.init)
    if subsets.isEmpty { return steps.count >= 2 ? (nil, steps[0]) : nil }
    return steps.count >= 3 ? (steps[0], steps[1]) : nil
  }
}
