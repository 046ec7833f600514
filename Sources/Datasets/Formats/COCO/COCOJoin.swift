// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Looks up the numbers of COCO's annotations and joins the files of one data set.
struct COCOJoin {
  private let tree: FileTree
  /// The folder in which the last image was found; the next one is probably there too.
  private var lastFolder = ""

  init(_ tree: FileTree) { self.tree = tree }

  mutating func add(_ document: consuming COCODocument, subset: String?, to builder: inout DatasetBuilder) {
    lastFolder = ""
    for problem in document.problems {
      builder.report(problem.severity, problem.kind, at: problem.place, problem.message)
    }
    let categories = addCategories(document, to: &builder)
    let (ids, positions) = addImages(document, subset, to: &builder)
    addAnnotations(&document, categories, ids, positions, to: &builder)
  }

  private func addCategories(_ document: COCODocument, to builder: inout DatasetBuilder) -> [Int: Int] {
    var labels: [Int: Int] = [:]
    for (index, category) in document.categories.enumerated() {
      let place = "\(document.file): categories[\(index)]"
      guard let id = category.id, !category.name.isEmpty else {
        builder.report(.error, .malformed, at: place, "a category needs id and name")
        continue
      }
      let label = builder.declare(
        DatasetClass(
          category.name, parent: category.parent, keypoints: category.keypoints, skeleton: category.skeleton,
          foreignID: id))
      if labels.updateValue(label, forKey: id) != nil {
        builder.report(.error, .duplicateID, at: place, "the category id \(id) occurs twice")
      }
    }
    return labels
  }

  /// Adds the images; gives for each COCO id the item's position.
  private mutating func addImages(
    _ document: COCODocument, _ subset: String?, to builder: inout DatasetBuilder
  ) -> ([Int: Int], [Int]) {
    var ids: [Int: Int] = [:]
    ids.reserveCapacity(document.images.count)
    var positions: [Int] = []
    for (index, image) in document.images.enumerated() where !image.fileName.isEmpty {
      let place = "\(document.file): images[\(index)]"
      let path = find(image.fileName, subset, PathParts(document.file).folder)
      let itemID = path ?? image.fileName
      if ids[image.id] != nil {
        builder.report(.error, .duplicateID, at: place, "the image id \(image.id) occurs twice", item: itemID)
        continue
      }
      let size = image.width.flatMap { width in image.height.map { PixelSize(width: width, height: $0) } }
      builder.withItem(
        itemID,
        or: DatasetItem(
          id: itemID, source: path.map(tree.source) ?? .missing(image.fileName), subset: subset, size: size,
          metadata: ["coco_id": .int(image.id)], provenance: Provenance(file: place))
      ) { item in
        item.size = item.size ?? size
      }
      guard let position = builder.position(itemID) else { continue }
      ids[image.id] = positions.count
      positions.append(position)
    }
    return (ids, positions)
  }

  /// The image that a file name means.
  private mutating func find(_ name: String, _ subset: String?, _ folder: String) -> String? {
    if !lastFolder.isEmpty, tree.contains("\(lastFolder)/\(name)") { return "\(lastFolder)/\(name)" }
    for place in [subset.map { "images/\($0)" }, subset, "images", folder.isEmpty ? nil : folder].compactMap({ $0 })
    where tree.contains("\(place)/\(name)") {
      lastFolder = place
      return "\(place)/\(name)"
    }
    return tree.resolve(name, from: folder)
  }

  private func addAnnotations(
    _ document: inout COCODocument, _ labels: [Int: Int], _ ids: [Int: Int], _ positions: [Int],
    to builder: inout DatasetBuilder
  ) {
    var groups = [[Annotation]](repeating: [], count: positions.count)
    var counts = [Int](repeating: 0, count: positions.count)
    for piece in document.pieces {
      for entry in piece {
        if let index = entry.image.flatMap({ ids[$0] }) { counts[index] += 1 }
      }
    }
    for index in groups.indices { groups[index].reserveCapacity(counts[index]) }
    let file = document.file
    while let piece = document.takePiece() {
      for entry in piece { sort(entry, file, labels, ids, into: &groups, &builder) }
    }
    for (index, position) in positions.enumerated() where !groups[index].isEmpty {
      builder.addAnnotations(groups[index], at: position)
    }
  }

  /// Puts an annotation to those of its image.
  private func sort(
    _ entry: COCODocument.Entry, _ file: String, _ labels: [Int: Int], _ ids: [Int: Int],
    into groups: inout [[Annotation]], _ builder: inout DatasetBuilder
  ) {
    guard let image = entry.image else { return }
    // Made only for a report: there are very many annotations.
    var place: String { entry.annotation.provenance?.description ?? file }
    guard let index = ids[image] else {
      builder.report(.error, .withoutImage, at: place, "there is no image with the id \(image)")
      return
    }
    var annotation = entry.annotation
    if let id = annotation.label {
      annotation.label = labels[id]
      if annotation.label == nil {
        builder.report(.error, .classOutOfRange, at: place, "there is no category with the id \(id)")
        return
      }
    }
    groups[index].append(annotation)
  }
}

extension DatasetBuilder {
  /// Adds annotations to an item; those that say more about a known object complete it: COCO's files of instances and
  /// of keypoints speak of the same people.
  mutating func addAnnotations(_ annotations: [Annotation], at position: Int) {
    changeItem(at: position) { item in
      guard !item.annotations.isEmpty else { return item.annotations = annotations }
      for annotation in annotations {
        let twin = item.annotations.firstIndex {
          $0.label == annotation.label && $0.box == annotation.box && $0.box != nil
            && $0.provenance?.file != annotation.provenance?.file
        }
        guard let twin else {
          item.annotations.append(annotation)
          continue
        }
        if item.annotations[twin].keypoints.isEmpty { item.annotations[twin].keypoints = annotation.keypoints }
        if item.annotations[twin].polygons.isEmpty { item.annotations[twin].polygons = annotation.polygons }
        if item.annotations[twin].mask == nil { item.annotations[twin].mask = annotation.mask }
      }
    }
  }
}
