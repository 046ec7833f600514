// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import JSONStream

/// Writes `annotations/instances_<subset>.json` and `images/<subset>/`.
enum COCOWriter: FormatWriter {
  static let format = DatasetFormat.coco

  static func write(_ dataset: AnnotatedDataset, to output: inout DatasetOutput) throws(GalleyError) {
    for (subset, items) in DatasetOutput.subsets(dataset) {
      var names: [String] = []
      for item in items {
        names.append(try output.writeImage(of: item, into: subset.map { "images/\($0)" } ?? "images"))
      }
      let json = document(dataset.classes, items, names)
      try output.write(json, to: "annotations/instances\(subset.map { "_\($0)" } ?? "").json")
    }
  }

  private static func document(_ classes: [DatasetClass], _ items: [DatasetItem], _ names: [String]) -> [UInt8] {
    let categoryIDs = numbers(classes.map(\.foreignID))
    let imageIDs = numbers(items.map { if case .int(let id)? = $0.metadata["coco_id"] { id } else { nil } })
    var json = JSONWriter()
    json.object { json in
      json.key("images")
      json.array { json in
        for (index, item) in items.enumerated() { write(item, imageIDs[index], names[index], &json) }
      }
      json.key("annotations")
      json.array { json in
        var number = 0
        for (index, item) in items.enumerated() {
          for annotation in item.annotations {
            number += 1
            write(annotation, number, imageIDs[index], categoryIDs, item.size, &json)
          }
        }
      }
      json.key("categories")
      json.array { json in
        for (index, entry) in classes.enumerated() { write(entry, categoryIDs[index], &json) }
      }
    }
    return json.bytes
  }

  /// The numbers that the source gave, if all have one and none twice; else 1, 2, 3 …
  private static func numbers(_ stated: [Int?]) -> [Int] {
    let known = stated.compactMap { $0 }
    return known.count == stated.count && Set(known).count == known.count ? known : Array(1..<(stated.count + 1))
  }

  private static func write(_ item: DatasetItem, _ id: Int, _ name: String, _ json: inout JSONWriter) {
    json.object { json in
      json.field("id", id)
      json.field("file_name", name)
      if let size = item.size {
        json.field("width", size.width)
        json.field("height", size.height)
      }
    }
  }

  private static func write(_ entry: DatasetClass, _ id: Int, _ json: inout JSONWriter) {
    json.object { json in
      json.field("id", id)
      json.field("name", entry.name)
      if let parent = entry.parent { json.field("supercategory", parent) }
      guard !entry.keypoints.isEmpty else { return }
      json.key("keypoints")
      json.array { json in for name in entry.keypoints { json.write(name) } }
      json.key("skeleton")
      json.array { json in
        for pair in entry.skeleton { json.array { json in for place in pair { json.write(place + 1) } } }
      }
    }
  }

  private static func write(
    _ annotation: Annotation, _ id: Int, _ image: Int, _ categories: [Int], _ size: PixelSize?, _ json: inout JSONWriter
  ) {
    let polygons =
      annotation.polygons.isEmpty ? [annotation.rotatedBox?.corners].compactMap { $0 } : annotation.polygons
    // COCO wants crowds as runs.
    let crowd =
      annotation.isCrowd && !polygons.isEmpty ? size.flatMap { RunLengthMask(polygons: polygons, size: $0) } : nil
    let mask = annotation.mask ?? crowd
    json.object { json in
      json.field("id", id)
      json.field("image_id", image)
      if let label = annotation.label, categories.indices.contains(label) {
        json.field("category_id", categories[label])
      }
      if let box = annotation.bounds {
        json.key("bbox")
        json.array { json in for value in [box.x, box.y, box.width, box.height] { json.write(value) } }
      }
      if let mask {
        json.key("segmentation")
        write(mask, &json)
      } else if !polygons.isEmpty {
        json.key("segmentation")
        json.array { json in
          for polygon in polygons {
            json.array { json in
              for point in polygon {
                json.write(point.x)
                json.write(point.y)
              }
            }
          }
        }
      }
      if !annotation.keypoints.isEmpty { write(annotation.keypoints, &json) }
      json.key("area")
      json.write(mask.map { Double($0.area) } ?? area(polygons) ?? annotation.bounds?.area ?? 0)
      json.field("iscrowd", annotation.isCrowd ? 1 : 0)
      if let score = annotation.score {
        json.key("score")
        json.write(score)
      }
      if !annotation.attributes.isEmpty {
        json.key("attributes")
        json.write(.map(annotation.attributes))
      }
    }
  }

  private static func write(_ mask: RunLengthMask, _ json: inout JSONWriter) {
    json.object { json in
      json.key("size")
      json.array { json in
        json.write(mask.size.height)
        json.write(mask.size.width)
      }
      json.field("counts", mask.compressed)
    }
  }

  private static func write(_ keypoints: [Keypoint], _ json: inout JSONWriter) {
    json.key("keypoints")
    json.array { json in
      for keypoint in keypoints {
        json.write(keypoint.point.x)
        json.write(keypoint.point.y)
        json.write(keypoint.visibility.rawValue)
      }
    }
    json.field("num_keypoints", keypoints.count { $0.visibility != .absent })
  }

  /// The area within outlines, by the formula of Gauss.
  private static func area(_ polygons: [[PixelPoint]]) -> Double? {
    guard !polygons.isEmpty else { return nil }
    return polygons.reduce(0) { sum, polygon in
      var twice = 0.0
      for (index, point) in polygon.enumerated() {
        let next = polygon[(index + 1) % polygon.count]
        twice += point.x * next.y - next.x * point.y
      }
      return sum + abs(twice) / 2
    }
  }
}

extension JSONWriter {
  mutating func field(_ name: String, _ value: Int) {
    key(name)
    write(value)
  }

  mutating func field(_ name: String, _ value: String) {
    key(name)
    write(value)
  }
}
