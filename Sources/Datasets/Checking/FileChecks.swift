// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Missing, damaged, misnamed and superfluous files; sizes that aren't those that were stated.
enum FileChecks {
  static func findings(_ read: ReadDataset, _ images: ImageInspection) -> [DatasetFinding] {
    var findings: [DatasetFinding] = []
    guard !read.dataset.items.isEmpty else {
      return [DatasetFinding(.error, .emptyDataset, "the data set has no items")]
    }
    for (item, result) in zip(read.dataset.items, images.results) {
      check(item, result, &findings)
    }
    return findings + orphans(read)
  }

  private static func check(_ item: DatasetItem, _ result: ImageInspection.Result, _ findings: inout [DatasetFinding]) {
    let place = item.provenance?.description ?? item.id
    if result.isMissing, case .missing(let name) = item.source {
      findings.append(
        DatasetFinding(
          .error, .missingFile, at: place, "the image '\(name)' is missing", fix: "leave the item out", item: item.id))
      return
    }
    if let problem = result.problem {
      findings.append(
        DatasetFinding(
          .error, .unreadableImage, at: item.id, "the image can't be read: \(problem)", fix: "leave the item out",
          item: item.id))
    }
    guard let header = result.header else { return }
    if !header.fits(item.id) {
      findings.append(
        DatasetFinding(
          .warning, .wrongExtension, at: item.id,
          "the file is called .\(PathParts(item.id).ending), but it is \(header.format.rawValue.uppercased())",
          item: item.id))
    }
    if let size = item.size, size != header.size {
      let isTurned = size == header.shownSize
      findings.append(
        DatasetFinding(
          isTurned ? .warning : .error, .wrongSize, at: place,
          "the size is stated as \(size), but the image has \(header.size)"
            + (isTurned ? ": it was stated as shown, after the EXIF rotation" : ""),
          fix: isTurned ? nil : "state the image's own size", item: item.id))
    }
    if header.orientation != 1 {
      findings.append(
        DatasetFinding(
          item.annotations.contains { $0.bounds != nil } ? .warning : .note, .rotated, at: item.id,
          "EXIF asks for rotation (orientation \(header.orientation)): boxes must refer to the image as stored",
          item: item.id))
    }
  }

  /// Image files that no item uses.
  private static func orphans(_ read: ReadDataset) -> [DatasetFinding] {
    let used = Set(read.dataset.items.map(\.id))
    let masks = Set(
      read.dataset.items.flatMap { item in
        item.annotations.compactMap { if case .string(let mask)? = $0.attributes["mask"] { mask } else { nil } }
          + [item.metadata["trimap"]].compactMap { if case .string(let path)? = $0 { path } else { nil } }
      })
    let isMask = { (path: String) in
      ["ground_truth/", "SegmentationClass/", "SegmentationObject/", "trimaps/", "masks/", "mask/"].contains {
        path.contains($0)
      }
    }
    return read.tree.paths
      .filter { ImageHeader.isImageName($0) && !used.contains($0) && !masks.contains($0) && !isMask($0) }
      .map {
        DatasetFinding(.warning, .withoutAnnotation, at: $0, "the image is not part of the data set: nothing names it")
      }
  }
}
