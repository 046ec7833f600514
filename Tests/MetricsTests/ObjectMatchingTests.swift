// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Metrics
import Testing

@Suite struct ObjectMatchingTests {
  private func box(_ id: String, _ label: String, _ x: Double, _ width: Double = 10, confidence: Double = 1)
    -> EvaluatedObject
  {
    EvaluatedObject(
      id: id, label: label, confidence: confidence, shape: .box(Box(x: x, y: 0, width: width, height: 10)))
  }

  /// By hand: p1 is surest and takes t1 (IoU 1); p2 is left without a car; p3 says van where the bus is; t3 is missed.
  private var item: EvaluatedItem {
    EvaluatedItem(
      id: "i", truth: [box("t1", "car", 0), box("t2", "bus", 100), box("t3", "car", 200)],
      predictions: [
        box("p2", "car", 1, confidence: 0.8), box("p1", "car", 0, confidence: 0.9),
        box("p3", "van", 101, confidence: 0.7),
        box("p4", "cart", 300, confidence: 0.6),
      ])
  }

  @Test func theSurestChoosesFirstAndNothingIsDropped() throws {
    let matching = ObjectMatching(of: [item], threshold: 0.5)
    let pairs = matching.pairs.map { "\($0.truth?.id ?? "-") \($0.prediction?.id ?? "-")" }
    #expect(pairs == ["t1 p1", "- p2", "t2 p3", "- p4", "t3 -"])
    let bus = matching.pairs[2]
    #expect(bus.labelScore == 0 && abs(bus.geometryScore - 9.0 / 11) < 1e-12 && !bus.isHit)
    #expect(abs(bus.annotationScore - (9.0 / 11 + 0 + 1) / 3) < 1e-12)
  }

  @Test func labelsAreTheSameOnlyIfTheirBytesAre() {
    let labels = [("car", "cart"), ("Car", "car"), ("\u{E9}", "e\u{301}"), ("a", "a ")]
    for (truth, predicted) in labels {
      let matching = ObjectMatching(
        of: [EvaluatedItem(id: "i", truth: [box("t", truth, 0)], predictions: [box("p", predicted, 0)])])
      #expect(matching.pairs.count == 1 && matching.pairs[0].labelScore == 0)
      #expect(matching.confusion.labels.count == 2)
    }
  }

  @Test func confusionHasBackgroundOnBothSides() {
    let confusion = ObjectMatching(of: [item], threshold: 0.5).confusion
    #expect(confusion.labels == ["bus", "car", "cart", "van"])
    #expect(
      confusion.counts == [
        [0, 0, 0, 1, 0], [0, 1, 0, 0, 1], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 1, 1, 0, 0],
      ])
    #expect(confusion.recall(of: 1) == 0.5 && confusion.precision(of: 1) == 0.5 && confusion.precision(of: 0) == nil)
  }

  @Test func tablesHaveDataloopsColumnsAndEveryAnnotation() {
    let matching = ObjectMatching(of: [item, EvaluatedItem(id: "empty", truth: [], predictions: [])])
    let rows = matching.annotationRows(model: "m", dataset: "d")
    #expect(rows.count == 5 && rows.allSatisfy { $0.count == ObjectMatching.annotationColumns.count })
    #expect(rows[4].prefix(8) == ["t3", "", "car", "", "", "", "", ""] && rows[4][9] == "0.0")
    #expect(rows[1].prefix(8) == ["", "", "", "", "p2", "", "car", "0.8"])
    let items = matching.itemRows(model: "m", dataset: "d")
    #expect(items[0][2...5] == ["1", "1", "1", "2"] && items[1].prefix(2) == ["empty", "1.0"])
  }

  @Test func pointsAreAlikeAsDtlpymetricsSays() {
    let near = ObjectShape.point(PixelPoint(3, 4)).likeness(to: .point(PixelPoint(0, 0)), diagonal: 100)
    #expect(abs(near - 0.36787944117144233) < 1e-15)
    #expect(
      ObjectShape.whole.likeness(to: .whole) == 1 && ObjectShape.whole.likeness(to: .point(PixelPoint(0, 0))) == 0)
  }

  @Test func crowdsAreNeverMissedAndTakeMany() {
    var crowd = box("c", "car", 0, 100)
    crowd.isCrowd = true
    let predictions = [box("p1", "car", 0), box("p2", "car", 20)]
    let pairs = ObjectMatching(of: [EvaluatedItem(id: "i", truth: [crowd], predictions: predictions)]).pairs
    #expect(pairs.map { $0.truth?.id } == ["c", "c"])
    #expect(ObjectMatching(of: [EvaluatedItem(id: "i", truth: [crowd], predictions: [])]).pairs.isEmpty)
  }

  /// Two hits and a mistake between them, by hand: precision 1, 1/2, 2/3 at recall 1/2, 1/2, 1.
  @Test func averagePrecisionByHand() throws {
    let item = EvaluatedItem(
      id: "i", truth: [box("t1", "a", 0), box("t2", "a", 50)],
      predictions: [
        box("p1", "a", 0, confidence: 0.9), box("p2", "a", 200, confidence: 0.8), box("p3", "a", 50, confidence: 0.7),
      ])
    let curve = try #require(AveragePrecision(of: [item], .init(thresholds: [0.5])).curves.first)
    #expect(curve.recalls == [0.5, 0.5, 1] && curve.truthCount == 2)
    #expect(abs(curve.averagePrecision - (51 + 50 * 2.0 / 3) / 101) < 1e-9)
    #expect(AveragePrecision(of: [EvaluatedItem(id: "i", truth: [], predictions: [box("p", "a", 0)])]).mean == nil)
  }

  @Test func intersectionsOfMasksAreCountedByPixels() throws {
    var state: UInt64 = 5
    let size = PixelSize(width: 13, height: 9)
    for _ in 0..<50 {
      var masks: [[UInt8]] = []
      for _ in 0..<2 {
        masks.append(
          (0..<117).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(state % 3 == 0 ? 1 : 0)
          })
      }
      let (first, second) = (
        try #require(RunLengthMask(size: size, pixels: masks[0])),
        try #require(RunLengthMask(size: size, pixels: masks[1]))
      )
      #expect(first.intersection(second) == zip(masks[0], masks[1]).count { $0 == 1 && $1 == 1 })
    }
  }
}
