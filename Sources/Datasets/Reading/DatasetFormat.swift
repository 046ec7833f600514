// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The formats of data sets, by names that people type.
public enum DatasetFormat: String, Sendable, Hashable, Codable, CaseIterable {
  case imageFolders = "image-folders"
  case coco
  case voc
  case yolo = "yolo"
  case darknet
  case csv
  case npz
  case oxfordPets = "oxford-pets"
  case mvtec
  case anomalib
  case cifar
  case cvat
  case datumaro

  /// Name for people.
  public var title: String {
    switch self {
    case .imageFolders: "image folders"
    case .coco: "COCO"
    case .voc: "Pascal VOC"
    case .yolo: "YOLO (Ultralytics)"
    case .darknet: "YOLO (darknet)"
    case .csv: "CSV table"
    case .npz: "NPZ arrays"
    case .oxfordPets: "Oxford-IIIT Pets"
    case .mvtec: "MVTec AD"
    case .anomalib: "Anomalib folders"
    case .cifar: "CIFAR"
    case .cvat: "CVAT for images 1.1"
    case .datumaro: "Datumaro JSON"
    }
  }

  /// What a written data set of this format can say; `nil` if the format is only read.
  public var abilities: Set<DatasetAbility>? {
    switch self {
    case .imageFolders: [.subsets, .images]
    case .coco:
      [
        .attributes, .subsets, .images, .boxes, .polygons, .masks, .keypoints, .crowds, .scores, .severalAnnotations,
        .unlabelled,
        .unusedClasses, .sizes, .parents, .wholeItemLabels,
      ]
    case .voc: [.attributes, .subsets, .images, .boxes, .severalAnnotations, .unlabelled, .sizes]
    case .yolo:
      [
        .subsets, .images, .boxes, .rotatedBoxes, .polygons, .keypoints, .severalAnnotations, .unlabelled,
        .unusedClasses,
      ]
    case .darknet: [.subsets, .images, .boxes, .severalAnnotations, .unlabelled, .unusedClasses]
    case .csv: [.subsets, .images, .boxes, .severalAnnotations, .unlabelled, .scores, .wholeItemLabels, .sizes]
    case .npz: [.unlabelled, .pixels, .unusedClasses]
    default: nil
    }
  }
}

/// What a format can say.
public enum DatasetAbility: String, Sendable, Hashable, Codable, CaseIterable {
  case subsets, images, pixels, boxes, rotatedBoxes, polygons, masks, keypoints, crowds, scores
  case severalAnnotations, unlabelled, unusedClasses, sizes, parents, wholeItemLabels, attributes
}
