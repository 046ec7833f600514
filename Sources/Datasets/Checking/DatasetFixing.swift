// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import Galley

/// A corrected copy of a data set, and what was changed.
public struct FixedDataset: Sendable {
  /// The corrected copy.
  public var dataset: AnnotatedDataset
  /// What was changed, one sentence each.
  public var changes: [String]
}

extension DatasetDoctor {
  /// Does what findings propose as a fix, and nothing else.
  ///
  /// Items that can't be read and exact duplicates are left out (of images in training and elsewhere, the one in
  /// training); wrong sizes are corrected; boxes are cut at the edge or put upright; annotations without area are left
  /// out; classes whose names differ only in case, white space or Unicode form are joined.
  public func fixed(_ read: ReadDataset) -> FixedDataset {
    let images = ImageInspection(read.dataset, settings: settings, thumbnail: thumbnail)
    var fixing = DatasetFixing(settings: settings)
    let kept = fixing.items(read.dataset, images)
    var dataset = AnnotatedDataset(classes: read.dataset.classes, items: kept, metadata: read.dataset.metadata)
    fixing.joinClasses(&dataset, counts: read.dataset.labelCounts)
    return FixedDataset(dataset: dataset, changes: fixing.changes)
  }
}

/// Makes the changes.
struct DatasetFixing {
  let settings: DatasetDoctor.Settings
  private(set) var changes: [String] = []

  init(settings: DatasetDoctor.Settings) { self.settings = settings }

  mutating func items(_ dataset: AnnotatedDataset, _ images: ImageInspection) -> [DatasetItem] {
    let dropped = duplicates(dataset, images)
    var kept: [DatasetItem] = []
    for (position, (item, result)) in zip(dataset.items, images.results).enumerated() {
      if result.isMissing || result.problem != nil {
        changes.append("\(item.id): left out, because its image \(result.isMissing ? "is missing" : "can't be read")")
      } else if let other = dropped[position] {
        changes.append("\(item.id): left out, because it is the same as \(other)")
      } else {
        kept.append(fixed(item, result, dataset.classes.count))
      }
    }
    return kept
  }

  /// Of each set of equal images all but one: the first that isn't for training, else the first.
  private func duplicates(_ dataset: AnnotatedDataset, _ images: ImageInspection) -> [Int: String] {
    var groups: [String: [Int]] = [:]
    for (position, result) in images.results.enumerated() {
      if let digest = result.digest, result.problem == nil { groups[digest.hex, default: []].append(position) }
    }
    var dropped: [Int: String] = [:]
    for group in groups.values where group.count > 1 {
      let labels = Set(group.map { dataset.items[$0].labels })
      let subsets = Set(group.map { dataset.items[$0].subset })
      // Which of two contradicting classes is right, only a person knows.
      guard labels.count == 1 || subsets.count > 1 else { continue }
      let kept = group.first { dataset.items[$0].subset.flatMap { Subset(foreignName: $0) } != .train } ?? group[0]
      for position in group where position != kept { dropped[position] = dataset.items[kept].id }
    }
    return dropped
  }

  private mutating func fixed(_ item: DatasetItem, _ result: ImageInspection.Result, _ classCount: Int) -> DatasetItem {
    var item = item
    if let size = item.size, let header = result.header, size != header.size, size != header.shownSize {
      changes.append("\(item.id): the size is \(header.size), not \(size)")
      item.size = header.size
    }
    let size = result.header?.size ?? item.size
    var seen: Set<Annotation> = []
    item.annotations = item.annotations.compactMap { annotation in
      let place = annotation.provenance?.description ?? item.id
      guard let better = fixed(annotation, size, classCount, place) else { return nil }
      var bare = better
      bare.provenance = nil
      guard seen.insert(bare).inserted else {
        changes.append("\(place): left out, because the same annotation is there already")
        return nil
      }
      return better
    }
    return item
  }

  private mutating func fixed(
    _ annotation: Annotation, _ size: PixelSize?, _ classCount: Int, _ place: String
  ) -> Annotation? {
    var annotation = annotation
    if let label = annotation.label, !(0..<classCount).contains(label) {
      changes.append("\(place): left out, because there is no class \(label)")
      return nil
    }
    if let box = annotation.box {
      guard let better = fixed(box, size, place) else {
        changes.append("\(place): left out, because the box \(box) covers nothing of the image")
        return nil
      }
      annotation.box = better
    }
    if let size, !annotation.polygons.isEmpty { movePoints(&annotation, size, place) }
    if annotation.polygons.contains(where: { Box(around: $0)?.isProper != true }) || annotation.mask?.area == 0 {
      changes.append("\(place): left out, because its outline or mask has no area")
      return nil
    }
    if let size { hideKeypoints(&annotation, size, place) }
    return annotation
  }

  private mutating func fixed(_ box: Box, _ size: PixelSize?, _ place: String) -> Box? {
    var better = box
    if box.width < 0 || box.height < 0 {
      better = box.upright
      changes.append("\(place): the corners of \(box) were exchanged")
    }
    guard better.isProper else { return nil }
    guard let size, !better.lies(in: size, tolerance: settings.boxTolerance) else { return better }
    guard let clipped = better.clipped(to: size) else { return nil }
    changes.append("\(place): the box \(better) was cut at the image's edge to \(clipped)")
    return clipped
  }

  private mutating func movePoints(_ annotation: inout Annotation, _ size: PixelSize, _ place: String) {
    for index in annotation.polygons.indices {
      guard let bounds = Box(around: annotation.polygons[index]),
        !bounds.lies(in: size, tolerance: settings.boxTolerance)
      else { continue }
      annotation.polygons[index] = annotation.polygons[index].map {
        PixelPoint(min(max($0.x, 0), Double(size.width)), min(max($0.y, 0), Double(size.height)))
      }
      changes.append("\(place): the outline's points were moved to the image's edge")
    }
  }

  private mutating func hideKeypoints(_ annotation: inout Annotation, _ size: PixelSize, _ place: String) {
    for index in annotation.keypoints.indices where annotation.keypoints[index].visibility != .absent {
      let point = annotation.keypoints[index].point
      let spot = Box(x: point.x, y: point.y, width: 0, height: 0)
      guard !point.x.isFinite || !point.y.isFinite || !spot.lies(in: size, tolerance: settings.boxTolerance) else {
        continue
      }
      annotation.keypoints[index] = Keypoint(PixelPoint(0, 0), .absent)
      changes.append("\(place): keypoint \(index) was marked as absent")
    }
  }

  /// Joins classes that nobody would tell apart by their names: the rarer becomes the more common.
  mutating func joinClasses(_ dataset: inout AnnotatedDataset, counts: [Int]) {
    var target = Array(dataset.classes.indices)
    for pair in LabelSimilarity.pairs(dataset.labels) where pair.isCertain {
      let (first, second) = (target[pair.first], target[pair.second])
      guard first != second else { continue }
      let (kept, dropped) = counts[first] >= counts[second] ? (first, second) : (second, first)
      for index in target.indices where target[index] == dropped { target[index] = kept }
      changes.append("the class '\(dataset.labels[dropped])' is now '\(dataset.labels[kept])'")
    }
    let kept = dataset.classes.indices.filter { target[$0] == $0 }
    guard kept.count < dataset.classes.count else { return }
    let positions = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
    for item in dataset.items.indices {
      for index in dataset.items[item].annotations.indices {
        guard let label = dataset.items[item].annotations[index].label, target.indices.contains(label) else { continue }
        dataset.items[item].annotations[index].label = positions[target[label]]
      }
    }
    dataset.classes = kept.map { dataset.classes[$0] }
  }
}
