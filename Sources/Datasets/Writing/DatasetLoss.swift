// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Something that a conversion can't carry over.
public struct DatasetLoss: Sendable, Hashable, Codable, CustomStringConvertible {
  /// What the target format can't say.
  public var ability: String
  /// How many items, annotations or classes are concerned.
  public var count: Int
  /// What becomes of them.
  public var message: String

  public var description: String { message }
}

extension DatasetFormat {
  /// What a data set loses when it is written in this format; empty if nothing.
  public func losses(of dataset: AnnotatedDataset) -> [DatasetLoss] {
    guard let abilities else { return [] }
    let annotations = dataset.items.lazy.flatMap(\.annotations)
    var losses: [DatasetLoss] = []
    func add(_ name: String, _ count: Int, _ message: String) {
      if count > 0 { losses.append(DatasetLoss(ability: name, count: count, message: message)) }
    }
    func check(_ ability: DatasetAbility, _ count: @autoclosure () -> Int, _ message: (Int) -> String) {
      guard !abilities.contains(ability) else { return }
      let count = count()
      add(ability.rawValue, count, message(count))
    }
    check(.subsets, dataset.items.count { $0.subset != nil }) { "the subset of \($0) items is lost" }
    check(.boxes, annotations.count { $0.box != nil }) { "\($0) boxes are lost" }
    check(.rotatedBoxes, annotations.count { $0.rotatedBox != nil }) {
      "\($0) rotated boxes " + (abilities.contains(.boxes) ? "become the upright boxes around them" : "are lost")
    }
    check(.polygons, annotations.count { !$0.polygons.isEmpty }) {
      "the polygons of \($0) annotations " + (abilities.contains(.boxes) ? "become the boxes around them" : "are lost")
    }
    check(.masks, annotations.count { $0.mask != nil }) {
      "\($0) masks " + (abilities.contains(.boxes) ? "become the boxes around them" : "are lost")
    }
    check(.keypoints, annotations.count { !$0.keypoints.isEmpty }) { "the keypoints of \($0) annotations are lost" }
    check(.scores, annotations.count { $0.score != nil }) { "the scores of \($0) annotations are lost" }
    check(.crowds, annotations.count(where: \.isCrowd)) { "\($0) annotations of crowds become ones of single objects" }
    check(.wholeItemLabels, self == .imageFolders ? 0 : annotations.count { $0.isWholeItem && $0.label != nil }) {
      "the classes of \($0) whole images are lost: the format knows classes of objects only"
    }
    check(.severalAnnotations, dataset.items.count { $0.labels.count > 1 }) {
      "\($0) items have more than one class; one is kept"
    }
    check(.unlabelled, dataset.items.count { $0.labels.isEmpty }) { "\($0) items without a class are left out" }
    check(.unusedClasses, dataset.classes.count - Set(annotations.compactMap(\.label)).count) {
      "\($0) classes that no annotation uses are lost"
    }
    check(.parents, dataset.classes.count { $0.parent != nil }) { "the groups of \($0) classes are lost" }
    add(
      "maskFiles", annotations.count { $0.maskFile != nil },
      "\(annotations.count { $0.maskFile != nil }) masks in files of their own are lost")
    check(.attributes, annotations.count { !$0.attributes.isEmpty }) { "the attributes of \($0) annotations are lost" }
    // COCO's own numbers mean nothing elsewhere.
    let metadata = dataset.items.count { !$0.metadata.filter { $0.key != "coco_id" && $0.value != .null }.isEmpty }
    add("metadata", self == .csv ? 0 : metadata, "the metadata of \(metadata) items is lost")
    if self == .yolo, annotations.contains(where: { !$0.keypoints.isEmpty }) {
      let outlined = annotations.count { !$0.polygons.isEmpty || $0.rotatedBox != nil }
      add(
        "outlines", outlined,
        "the outlines of \(outlined) annotations become the boxes around them: with keypoints, rows have boxes only")
      let count = YOLOWriter.keypointCount(of: dataset)
      let named = dataset.classes.count { ![0, count].contains($0.keypoints.count) }
      add(
        "keypointNames", named, "the names of the keypoints of \(named) classes are lost: rows have \(count) keypoints")
      let joined = dataset.classes.count { !$0.skeleton.isEmpty }
      add("skeletons", joined, "the lines between the keypoints of \(joined) classes are lost")
    } else if self == .yolo {
      let parts = annotations.count { $0.polygons.count > 1 }
      add("parts", parts, "\(parts) objects in several parts become one object for each part")
    }
    return losses
  }
}
