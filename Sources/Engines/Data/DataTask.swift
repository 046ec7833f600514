// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Galley

/// What the items of a data set are labelled for, found from their annotations.
struct DataTask {
  let task: EngineTask
  let reason: String

  init(_ dataset: AnnotatedDataset, _ format: DatasetFormat) {
    if format == .mvtec || format == .anomalib {
      (task, reason) = (.anomaly, "\(format.title) tells normal items from others")
      return
    }
    let annotations = dataset.items.lazy.flatMap(\.annotations)
    let masks = annotations.count { !$0.polygons.isEmpty || $0.mask != nil || $0.maskFile != nil }
    let boxes = annotations.count { $0.box != nil || $0.rotatedBox != nil }
    if masks > 0 {
      (task, reason) = (.segmentation, "\(masks) annotations have a mask or an outline")
    } else if boxes > 0 {
      (task, reason) = (.detection, "\(boxes) annotations have a box")
    } else {
      let several = dataset.items.count { $0.labels.count > 1 }
      (task, reason) =
        several > 0
        ? (.multiLabelClassification, "\(several) items have more than one class")
        : (.classification, "each item has one class, and none has a box or a mask")
    }
  }

  /// Checks that every item has as many classes as the task demands.
  /// - Throws: `GalleyError` that names the first item that has not.
  static func check(_ dataset: AnnotatedDataset, suits task: EngineTask, _ path: String) throws(GalleyError) {
    guard task == .classification, !dataset.labels.isEmpty else { return }
    for item in dataset.items where item.labels.count != 1 {
      throw GalleyError(
        .badData, "can't classify the item '\(item.id)'", at: item.provenance?.description ?? path,
        why: item.labels.isEmpty ? "it has no class" : "it has \(item.labels.count) classes, and one is needed",
        remedy: item.labels.isEmpty
          ? "Label it or remove it; galley data check \(path) lists all such items."
          : "Train on all of its classes: --task multi-label-classification.")
    }
  }
}
