// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import Metrics
import Testing

/// Scores drawn from a seed, and what scikit-learn, imbalanced-learn and torchmetrics say of them (Fixtures/ORIGIN.md).
struct EvaluationCase: Decodable, Sendable, CustomTestStringConvertible {
  var name: String
  var task: ClassificationTask
  var division: String
  var classes: Int
  var truth: [Int]?
  var labels: [[Int]]?
  var scores: [[Double]]
  var values: [String: Double?]
  var roc: [Double?]
  var precision: [Double?]
  var confusion: [[Int]]?

  var testDescription: String { "\(task.rawValue): \(name)" }

  static func all() throws -> [EvaluationCase] {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/evaluation.json")
    return try JSONDecoder().decode([EvaluationCase].self, from: Data(contentsOf: url))
  }

  /// The evaluation, fed in the order of `order`.
  func evaluation(_ options: EvaluationOptions = .quick, order: [Int]? = nil) throws -> ClassificationEvaluation {
    var options = options
    options.topK = [2, 3, 5]
    options.zeroDivision = division == "one" ? .one : division == "excluded" ? .excluded : .zero
    var evaluation = try ClassificationEvaluation(
      labels: (0..<classes).map { "class \($0)" }, task: task, options: options)
    for index in order ?? Array(scores.indices) {
      let id = "item \(index)"
      if let truth { try evaluation.add(id: id, truth: truth[index], scores: scores[index]) }
      if let labels { try evaluation.add(id: id, truth: Set(labels[index]), scores: scores[index]) }
    }
    return evaluation
  }
}

@Suite struct EvaluationFixtureTests {
  private func agree(_ value: Double?, _ expected: Double?, relative: Double = 1e-12) -> Bool {
    guard let value, let expected else { return value == nil && expected == nil }
    return abs(value - expected) <= relative * max(abs(expected), 1e-3)
  }

  @Test(arguments: try EvaluationCase.all())
  func `every metric is what scikit-learn says`(expected: EvaluationCase) throws {
    let report = try expected.evaluation().report()
    for (name, value) in expected.values {
      let metric = try ClassificationMetric.named(name)
      let row = try #require(report.metrics.first { $0.metric == metric }, "\(name) is missing")
      // torchmetrics adds its bins in single precision.
      let tolerance = metric == .calibrationError ? 1e-5 : 1e-12
      #expect(
        agree(row.value, value, relative: tolerance), "\(name): \(row.value ?? .nan), but \(value ?? .nan) expected")
      #expect(try expected.evaluation().value(of: metric) == row.value)
      #expect(row.value != nil || !row.notes.isEmpty, "\(name) is not defined, and no note says why")
    }
    #expect(Set(report.metrics.map(\.metric.name)) == Set(expected.values.keys).union(missing(expected)))
    #expect(report.confusion == expected.confusion)
    for (row, (roc, precision)) in zip(report.classes, zip(expected.roc, expected.precision)) {
      #expect(agree(row.rocAUC, roc), "\(row.label): \(row.rocAUC ?? .nan) \(roc ?? .nan)")
      #expect(agree(row.averagePrecision, precision), "\(row.label)")
    }
  }

  /// scikit-learn has no Brier score of a single one of two classes.
  private func missing(_ expected: EvaluationCase) -> Set<String> {
    expected.classes == 2 && Set(expected.truth ?? []).count == 1 ? ["brier"] : []
  }

  @Test(arguments: try EvaluationCase.all().filter { $0.scores.count < 101 })
  func `the order of the items does not matter`(fixture: EvaluationCase) throws {
    let options = EvaluationOptions(resamples: 50, seed: 4)
    let forward = try fixture.evaluation(options).report()
    let backward = try fixture.evaluation(options, order: fixture.scores.indices.reversed()).report()
    #expect(forward == backward)
    let encoded = try JSONEncoder().encode(forward)
    #expect(try JSONDecoder().decode(ClassificationReport.self, from: encoded) == forward)
  }
}
