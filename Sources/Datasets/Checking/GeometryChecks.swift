// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Boxes, outlines, masks and keypoints that can't be meant as they are.
struct GeometryChecks {
  let settings: DatasetDoctor.Settings

  func findings(_ dataset: AnnotatedDataset, _ images: ImageInspection) -> [DatasetFinding] {
    var findings: [DatasetFinding] = []
    for (item, result) in zip(dataset.items, images.results) {
      let size = result.header?.size ?? item.size
      var seen: Set<Annotation> = []
      for annotation in item.annotations {
        let place = annotation.provenance?.description ?? item.id
        check(annotation, size, item, place, &findings)
        checkClass(annotation, dataset, item, place, &findings)
        var bare = annotation
        bare.provenance = nil
        if !seen.insert(bare).inserted {
          findings.append(
            DatasetFinding(
              .warning, .repeatedAnnotation, at: place, "the same annotation stands there twice", fix: "leave one out",
              item: item.id))
        }
      }
    }
    return findings
  }

  private func check(
    _ annotation: Annotation, _ size: PixelSize?, _ item: DatasetItem, _ place: String,
    _ findings: inout [DatasetFinding]
  ) {
    func report(
      _ severity: DatasetFinding.Severity, _ kind: DatasetFinding.Kind, _ message: String, _ fix: String? = nil
    ) {
      findings.append(DatasetFinding(severity, kind, at: place, message, fix: fix, item: item.id))
    }
    if let box = annotation.box { check(box, size, report) }
    for polygon in annotation.polygons + [annotation.rotatedBox?.corners].compactMap({ $0 }) {
      guard let bounds = Box(around: polygon) else { continue }
      if !polygon.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) {
        report(.error, .geometry, "a point has a coordinate that isn't finite", "leave the annotation out")
      } else if bounds.width <= 0 || bounds.height <= 0 {
        report(.error, .geometry, "the outline \(bounds) has no area", "leave the annotation out")
      } else if let size, !bounds.lies(in: size, tolerance: settings.boxTolerance) {
        let isTurned = annotation.rotatedBox != nil
        report(
          isTurned ? .warning : .error, .boxOutside, "the outline reaches to \(bounds), outside the image of \(size)",
          isTurned ? nil : "move its points to the image's edge")
      }
    }
    if let mask = annotation.mask {
      if let size, mask.size != size {
        report(.error, .maskSize, "the mask has \(mask.size) pixels, but the image \(size)")
      } else if mask.area == 0 {
        report(.warning, .geometry, "the mask is empty", "leave the annotation out")
      }
    }
    checkKeypoints(annotation, size, report)
  }

  private typealias Report = (DatasetFinding.Severity, DatasetFinding.Kind, String, String?) -> Void

  private func check(_ box: Box, _ size: PixelSize?, _ report: Report) {
    guard box.x.isFinite, box.y.isFinite, box.width.isFinite, box.height.isFinite else {
      return report(.error, .geometry, "the box \(box) has a number that isn't finite", "leave the annotation out")
    }
    guard box.width >= 0, box.height >= 0 else {
      return report(
        .error, .boxInverted, "the box \(box) is inverted: its end lies before its start", "exchange its corners")
    }
    guard box.width > 0, box.height > 0 else {
      return report(.error, .geometry, "the box \(box) has no area", "leave the annotation out")
    }
    if let size, !box.lies(in: size, tolerance: settings.boxTolerance) {
      if box.clipped(to: size) == nil {
        return report(
          .error, .boxOutside, "the box \(box) lies outside the image of \(size)", "leave the annotation out")
      }
      return report(
        .error, .boxOutside, "the box \(box) reaches outside the image of \(size)", "cut it at the image's edge")
    }
    if min(box.width, box.height) < settings.smallestSide {
      report(.warning, .smallObject, "the box \(box) is less than \(settings.smallestSide) pixels wide or high", nil)
    }
  }

  private func checkKeypoints(_ annotation: Annotation, _ size: PixelSize?, _ report: Report) {
    for (index, keypoint) in annotation.keypoints.enumerated() where keypoint.visibility != .absent {
      let point = keypoint.point
      let isInside = size.map {
        Box(x: point.x, y: point.y, width: 0, height: 0).lies(in: $0, tolerance: settings.boxTolerance)
      }
      if !point.x.isFinite || !point.y.isFinite || isInside == false {
        report(
          .error, .keypoints, "keypoint \(index) at (\(point.x), \(point.y)) lies outside the image",
          "mark it as absent")
      }
    }
  }

  private func checkClass(
    _ annotation: Annotation, _ dataset: AnnotatedDataset, _ item: DatasetItem, _ place: String,
    _ findings: inout [DatasetFinding]
  ) {
    guard let label = annotation.label else { return }
    guard dataset.classes.indices.contains(label) else {
      findings.append(
        DatasetFinding(
          .error, .classOutOfRange, at: place, "the class \(label) is not one of 0 to \(dataset.classes.count - 1)",
          fix: "leave the annotation out", item: item.id))
      return
    }
    let expected = dataset.classes[label].keypoints.count
    if !annotation.keypoints.isEmpty, expected > 0, annotation.keypoints.count != expected {
      findings.append(
        DatasetFinding(
          .error, .keypoints, at: place,
          "there are \(annotation.keypoints.count) keypoints, but the class '\(dataset.classes[label].name)' has \(expected)",
          item: item.id))
    }
  }
}
