// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley

/// Data sets with a bit of everything, in memory.
enum SmallDataset {
  /// Six images of 20×10 pixels with boxes, in two subsets; one of them has no object.
  static var boxes: AnnotatedDataset {
    var dataset = AnnotatedDataset(classes: [
      DatasetClass("car"), DatasetClass("größe & \"x\" <y>"), DatasetClass("unused"),
    ])
    for index in 0..<6 {
      var item = DatasetItem(
        id: "sub/img \(index).png", source: .bytes(Picture.png(20, 10, index)), subset: index < 4 ? "train" : "val",
        size: PixelSize(width: 20, height: 10))
      for number in 0..<index {
        item.annotations.append(
          Annotation(
            label: number % 2, box: Box(x: Double(number), y: 1, width: 5, height: Double(index) + 1.5)))
      }
      dataset.items.append(item)
    }
    return dataset
  }

  /// The same with outlines.
  static var polygons: AnnotatedDataset {
    var dataset = boxes
    for index in dataset.items.indices {
      for number in dataset.items[index].annotations.indices {
        guard let box = dataset.items[index].annotations[number].box else { continue }
        dataset.items[index].annotations[number].box = nil
        dataset.items[index].annotations[number].polygons = [
          [PixelPoint(box.x, box.y), PixelPoint(box.right, box.y + 1), PixelPoint(box.x + 1, box.bottom)]
        ]
      }
    }
    return dataset
  }

  /// The same with turned boxes.
  static var rotated: AnnotatedDataset {
    var dataset = boxes
    for index in dataset.items.indices {
      for number in dataset.items[index].annotations.indices {
        dataset.items[index].annotations[number].box = nil
        dataset.items[index].annotations[number].rotatedBox = RotatedBox(
          center: PixelPoint(10, 5), width: 6, height: 2, angle: Double(number) * 20 + 5)
      }
    }
    return dataset
  }

  /// Images with one class each.
  static var classified: AnnotatedDataset {
    var dataset = AnnotatedDataset(classes: [DatasetClass("cat"), DatasetClass("hund")])
    for index in 0..<6 {
      dataset.items.append(
        DatasetItem(
          id: "\(index).png", source: .bytes(Picture.png(8, 8, index)), subset: index < 4 ? "train" : "test",
          annotations: [Annotation(label: index % 2)]))
    }
    return dataset
  }

  /// Everything that COCO can say.
  static var everything: AnnotatedDataset {
    var dataset = boxes
    dataset.classes[0] = DatasetClass(
      "car", parent: "vehicle", keypoints: ["front", "back"], skeleton: [[0, 1]], foreignID: 7)
    dataset.classes[1].foreignID = 3
    dataset.classes[2].foreignID = 90
    let mask = RunLengthMask(size: PixelSize(width: 20, height: 10), counts: [33, 4, 6, 4, 153])
    dataset.items[2].annotations[0].mask = mask
    dataset.items[2].annotations[0].isCrowd = true
    dataset.items[3].annotations[0].keypoints = [
      Keypoint(PixelPoint(1.5, 2.25), .visible), Keypoint(PixelPoint(0, 0), .absent),
    ]
    dataset.items[3].annotations[1].polygons = [[PixelPoint(1, 1), PixelPoint(5.5, 1), PixelPoint(3, 4)]]
    dataset.items[4].annotations[0].score = 0.75
    return dataset
  }
}

/// An item without what a format may change: its name, its source, where it was read.
struct Essence: Hashable {
  var subset: String?
  var size: PixelSize?
  var annotations: [Annotation]

  init(_ item: DatasetItem, labels: [String], roundedTo digits: Double) {
    subset = item.subset
    size = item.size
    annotations = item.annotations.map { annotation in
      var annotation = annotation
      annotation.provenance = nil
      annotation.attributes = [:]
      annotation.box = annotation.box.map { box in
        func round(_ value: Double) -> Double { (value * digits).rounded() / digits }
        return Box(x: round(box.x), y: round(box.y), width: round(box.width), height: round(box.height))
      }
      return annotation
    }
  }

  static func all(_ dataset: AnnotatedDataset, roundedTo digits: Double = 1e9) -> [Essence] {
    dataset.items.sorted { $0.id.suffix(5) < $1.id.suffix(5) }
      .map { Essence($0, labels: dataset.labels, roundedTo: digits) }
  }
}
