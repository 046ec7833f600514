// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import Metrics
import Statistics
import Testing

@Suite("Quality of a classifier")
struct ClassificationQualityTests {
  private struct Case: Decodable {
    var truth: [Int]
    var answers: [Int]
    var classes: Int
    var accuracy: Double
    var precision: [Double?]
    var recall: [Double?]
    var f1: [Double?]
    var support: [Int]
    var confusion: [[Int]]
  }

  private func agree(_ values: [Double?], _ expected: [Double?]) -> Bool {
    values.count == expected.count
      && zip(values, expected).allSatisfy { value, expected in
        guard let value, let expected else { return value == nil && expected == nil }
        return abs(value - expected) < 1e-12
      }
  }

  @Test func `is what scikit-learn says`() throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/quality.json")
    for expected in try JSONDecoder().decode([Case].self, from: Data(contentsOf: url)) {
      let labels = (0..<expected.classes).map { "class \($0)" }
      let predictions = Predictions(
        ids: expected.truth.indices.map(\.description), truth: expected.truth, answers: expected.answers)
      let quality = try ClassificationQuality(predictions, labels: labels)
      #expect(quality.accuracy == expected.accuracy)
      #expect(quality.confusion == expected.confusion)
      #expect(quality.classes.map(\.support) == expected.support)
      #expect(quality.classes.map(\.label) == labels)
      #expect(agree(quality.classes.map(\.precision), expected.precision))
      #expect(agree(quality.classes.map(\.recall), expected.recall))
      #expect(agree(quality.classes.map(\.f1), expected.f1))
      #expect(quality.accuracyInterval.method == "wilson")
      #expect(quality.accuracyInterval.lower <= quality.accuracy && quality.accuracy <= quality.accuracyInterval.upper)
    }
  }

  @Test(arguments: [
    Predictions(ids: [], truth: [], answers: []),
    Predictions(ids: ["a"], truth: [0], answers: []),
    Predictions(ids: ["a"], truth: [0], answers: [2]),
    Predictions(ids: ["a"], truth: [-1], answers: [0]),
  ]) func `refuses lists that don't fit`(predictions: Predictions) {
    #expect(throws: GalleyError.self) { try ClassificationQuality(predictions, labels: ["x", "y"]) }
  }
}

@Suite("Discordance of two classifiers")
struct DiscordanceTests {
  let first = Predictions(ids: ["a", "b", "c", "d", "e"], truth: [0, 1, 2, 0, 1], answers: [0, 1, 0, 1, 1])
  let second = Predictions(ids: ["e", "d", "c", "b", "a"], truth: [1, 0, 2, 1, 0], answers: [1, 2, 2, 0, 1])

  @Test func `finds the items whatever their order`() throws {
    let discordance = try Discordance(first, second)
    #expect(discordance.onlyFirst == ["a", "b"])
    #expect(discordance.onlySecond == ["c"])
    #expect(discordance.differing == ["a", "b", "c", "d"])
    #expect(discordance.test == McNemarTest(onlyFirst: 2, onlySecond: 1))
    #expect(discordance.test.pValue == 1)
  }

  @Test func `refuses other items and other truths`() {
    var other = second
    other.ids[0] = "x"
    #expect(throws: GalleyError.self) { try Discordance(first, other) }
    other = second
    other.truth[0] = 2
    #expect(throws: GalleyError.self) { try Discordance(first, other) }
    other = second
    other.ids[0] = "a"
    #expect(throws: GalleyError.self) { try Discordance(first, other) }
  }
}
