// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Metrics
import PeerSupport
import Testing

/// Average precision beside pycocotools; see `Tests/Peers/requirements-platform.txt`.
@Suite struct AveragePrecisionPeerTests {
  static let python = DataloopPeerTests.python
  static let hasPeer = python.isPresent

  private struct Document: Encodable {
    struct Picture: Encodable { var id: Int, width = 640, height = 640 }
    struct Category: Encodable { var id: Int, name: String }
    struct Mask: Encodable { var size: [Int], counts: String }
    struct Entry: Encodable {
      var id: Int
      var image: Int
      var category: Int
      var bbox: [Double]?
      var segmentation: Mask?
      var area: Double?
      var isCrowd: Int?
      var score: Double?

      private enum CodingKeys: String, CodingKey {
        case id, bbox, segmentation, area, score
        case image = "image_id"
        case category = "category_id"
        case isCrowd = "iscrowd"
      }
    }

    var images: [Picture] = []
    var categories: [Category] = []
    var annotations: [Entry] = []
    var results: [Entry] = []
    var type: String
  }

  private struct Draw {
    var state: UInt64
    mutating func next(_ range: ClosedRange<Double>) -> Double {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return range.lowerBound + Double(state >> 11) / 0x1p53 * (range.upperBound - range.lowerBound)
    }
  }

  @Test(.enabled(if: hasPeer), arguments: ["bbox", "segm"], [1, 2, 3])
  func allTwelveFiguresAreThoseOfPycocotools(type: String, seed: Int) throws {
    var draw = Draw(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15)
    var document = Document(type: type)
    var items: [EvaluatedItem] = []
    document.categories = (1...3).map { .init(id: $0, name: "class \($0)") }
    for image in 1...12 {
      document.images.append(.init(id: image))
      var item = EvaluatedItem(id: "\(image)", truth: [], predictions: [])
      for _ in 0..<Int(draw.next(0...9)) {
        let side = draw.next(8...200)
        let box = Box(x: draw.next(0...400), y: draw.next(0...400), width: side, height: side * draw.next(0.5...1.5))
        let category = Int(draw.next(1...3.999))
        // Many predictions lie near an object, some have a wrong label, some nothing to find; confidences repeat.
        for _ in 0..<Int(draw.next(0...3)) {
          let moved = Box(
            x: box.x + draw.next(-0.2...0.2) * side, y: box.y + draw.next(-0.2...0.2) * side,
            width: box.width * draw.next(0.8...1.2), height: box.height * draw.next(0.8...1.2))
          let label = draw.next(0...1) < 0.8 ? category : Int(draw.next(1...3.999))
          try add(moved, label, score: (draw.next(0...1) * 20).rounded() / 20, image, &item, &document)
        }
        try add(box, category, score: nil, isCrowd: type == "segm" && draw.next(0...1) < 0.1, image, &item, &document)
      }
      items.append(item)
    }
    let file = FileManager.default.temporaryDirectory.path + "/cocoeval-\(UUID().uuidString).json"
    defer { try? FileManager.default.removeItem(atPath: file) }
    try JSONEncoder().encode(document).write(to: URL(filePath: file))
    let wanted = try Self.python.ask("cocoeval_peer.py", [file], as: [Double].self)
    let whole = AveragePrecision(of: items)
    func sized(_ areas: ClosedRange<Double>) -> AveragePrecision { AveragePrecision(of: items, .init(areas: areas)) }
    func limited(_ count: Int) -> Double? { AveragePrecision(of: items, .init(maximumPredictions: count)).meanRecall }
    let (small, medium, large) = (
      sized(AveragePrecision.Options.small), sized(AveragePrecision.Options.medium),
      sized(AveragePrecision.Options.large)
    )
    let found = [
      whole.mean, whole.mean(at: 0.5), whole.mean(at: 0.75), small.mean, medium.mean, large.mean, limited(1),
      limited(10), whole.meanRecall, small.meanRecall, medium.meanRecall, large.meanRecall,
    ]
    for (index, (own, peer)) in zip(found, wanted).enumerated() {
      #expect(abs((own ?? -1) - peer) < 1e-12, "figure \(index): \(own ?? -1), pycocotools \(peer)")
    }
  }

  private func add(
    _ box: Box, _ label: Int, score: Double?, isCrowd: Bool = false, _ image: Int, _ item: inout EvaluatedItem,
    _ document: inout Document
  ) throws {
    let id = document.annotations.count + document.results.count + 1
    var entry = Document.Entry(id: id, image: image, category: label, isCrowd: isCrowd ? 1 : 0, score: score)
    let shape: ObjectShape
    if document.type == "bbox" {
      entry.bbox = [box.x, box.y, box.width, box.height]
      entry.area = box.area
      shape = .box(box)
    } else {
      let corners = [
        PixelPoint(box.x, box.y), PixelPoint(box.right, box.y), PixelPoint(box.right, box.bottom),
        PixelPoint(box.x, box.bottom),
      ]
      let mask = try #require(RunLengthMask(polygons: [corners], size: PixelSize(width: 640, height: 640)))
      entry.segmentation = .init(size: [640, 640], counts: mask.compressed)
      entry.area = Double(mask.area)
      shape = .mask(mask)
    }
    let object = EvaluatedObject(
      id: "\(id)", label: "class \(label)", confidence: score ?? 1, shape: shape, isCrowd: isCrowd)
    if score == nil {
      document.annotations.append(entry)
      item.truth.append(object)
    } else {
      document.results.append(entry)
      item.predictions.append(object)
    }
  }
}
