// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Metrics
import Statistics
import Testing

@Suite struct ClassificationEvaluationTests {
  private func evaluation(_ options: EvaluationOptions = .quick) throws -> ClassificationEvaluation {
    try ClassificationEvaluation(labels: ["cat", "dog", "hen"], options: options)
  }

  @Test(arguments: [
    ([0.2, .nan, 0.3], "dog"), ([0.2, .infinity, 0.3], "dog"), ([-0.1, 0.5, 0.6], "cat"), ([0.1, 0.1, 0.1], "sum"),
    ([0.5, 0.5], "2 scores"), ([0.0, 0.0, 3.0], "hen"),
  ]) func `refuses scores that can't be, naming the item`(scores: [Double], word: String) throws {
    var evaluation = try evaluation()
    let error = #expect(throws: GalleyError.self) { try evaluation.add(id: "a.jpg", truth: 0, scores: scores) }
    #expect(error?.place == "item 'a.jpg'")
    #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    #expect(evaluation.itemCount == 0)
  }

  @Test func `refuses a truth outside the labels, an item twice, and the other task's truth`() throws {
    var evaluation = try evaluation()
    #expect(throws: GalleyError.self) { try evaluation.add(id: "a", truth: 3, answer: 0) }
    #expect(throws: GalleyError.self) { try evaluation.add(id: "a", truth: 0, answer: -1) }
    try evaluation.add(id: "a", truth: 0, answer: 0)
    #expect(throws: GalleyError.self) { try evaluation.add(id: "a", truth: 1, scores: [0.2, 0.3, 0.5]) }
    #expect(throws: GalleyError.self) { try evaluation.add(id: "b", truth: [1], scores: [0.2, 0.3, 0.5]) }
    #expect(throws: GalleyError.self) { try evaluation.add(ids: ["b"], truth: [1], scores: [Float(1)]) }
    #expect(evaluation.itemCount == 1)
    #expect(throws: GalleyError.self) { try self.evaluation().report() }
  }

  @Test func `a batch is its items`() throws {
    var (batch, single) = (try evaluation(), try evaluation())
    try batch.add(ids: ["a", "b"], truth: [0, 2], scores: [0.5, 0.25, 0.25, 0, 0.25, 0.75] as [Float])
    try single.add(id: "a", truth: 0, scores: [0.5, 0.25, 0.25] as [Float])
    try single.add(id: "b", truth: 2, scores: [0, 0.25, 0.75] as [Float])
    #expect(try batch.report() == single.report())
    #expect(try batch.value(of: .accuracy) == 1)
    #expect(batch.predictions == Predictions(ids: ["a", "b"], truth: [0, 2], answers: [0, 2]))
  }

  @Test func `the quality in the report is the one judged from the answers`() throws {
    var evaluation = try evaluation()
    for index in 0..<50 { try evaluation.add(id: "\(index)", truth: index % 3, answer: index * index % 3) }
    let quality = try #require(try evaluation.report().quality)
    #expect(quality == (try ClassificationQuality(#require(evaluation.predictions), labels: evaluation.labels)))
  }

  @Test func `without scores only what needs none is computed, and a note says so`() throws {
    var evaluation = try evaluation()
    for index in 0..<40 { try evaluation.add(id: "\(index)", truth: index % 3, answer: index % 2) }
    let report = try evaluation.report()
    #expect(report[.accuracy] != nil && report[.f1Macro] != nil)
    #expect(report[.rocAUC] == nil && report[.logLoss] == nil)
    #expect(report.notes.contains { $0.contains("scores") })
    try evaluation.add(id: "scored", truth: 0, scores: [1, 0, 0] as [Double])
    #expect(try evaluation.report()[.rocAUC] == nil)
  }

  @Test func `unbounded scores give ranks but no probabilities`() throws {
    var evaluation = try evaluation(EvaluationOptions(scores: .unbounded, resamples: 0))
    for index in 0..<40 {
      try evaluation.add(id: "\(index)", truth: index % 3, scores: [Double(index % 5), Double(index % 7), -3])
    }
    let report = try evaluation.report()
    #expect(report[.rocAUC] != nil && report[.accuracy] != nil)
    let loss = try #require(report.metrics.first { $0.metric == .logLoss })
    #expect(loss.value == nil && loss.notes.contains { $0.contains("probabilities") })
  }

  @Test func `few items, rare, absent and unanswered classes are said`() throws {
    var evaluation = try evaluation()
    for index in 0..<10 { try evaluation.add(id: "\(index)", truth: index < 8 ? 0 : 1, answer: 0) }
    let report = try evaluation.report()
    #expect(report.notes.contains { $0.hasPrefix("n too small: 10 items") })
    #expect(report.notes.contains { $0.hasPrefix("n too small") && $0.contains("'dog'") })
    #expect(report.notes.contains { $0.contains("no item of 'hen'") })
    #expect(report.notes.contains { $0.contains("never answered: 'dog', 'hen'") })
    let precision = try #require(report.metrics.first { $0.metric == .precisionMacro })
    #expect(precision.notes == ["zero division: the precision of 'dog' counts as 0: never answered"])
  }

  @Test func `intervals hold the value, proportions have Wilson's`() throws {
    var generator = SeededGenerator(seed: 12)
    for isStratified in [false, true] {
      var evaluation = try evaluation(
        EvaluationOptions(topK: [2], resamples: 200, isStratified: isStratified, level: 0.9, seed: 3))
      for index in 0..<120 {
        let truth = index % 3
        var scores = (0..<3).map { _ in generator.unit() }
        scores[truth] += 0.4
        let sum = scores.reduce(0, +)
        try evaluation.add(id: "\(index)", truth: truth, scores: scores.map { $0 / sum })
      }
      let report = try evaluation.report()
      for row in report.metrics {
        let (value, interval) = (try #require(row.value), try #require(row.interval, "\(row.metric)"))
        #expect(interval.lower < value && value < interval.upper || row.metric == .calibrationError, "\(row.metric)")
        #expect(interval.level == 0.9)
        let isProportion = [.accuracy, .topKAccuracy(2), .precisionMicro, .recallMicro, .f1Micro].contains(row.metric)
        #expect(
          interval.method
            == (isProportion ? "wilson" : isStratified ? "bootstrap-percentile-stratified" : "bootstrap-percentile"))
      }
    }
  }

  @Test func `accuracy's bootstrap interval is near scipy's`() throws {
    // A macro recall of one class is that class's proportion: 70 of 100; its resamples are binomial, whose central 95 %
    // lie from 0.61 to 0.79 (scipy.stats.binom.interval(0.95, 100, 0.7) is 61 to 79).
    var evaluation = try ClassificationEvaluation(
      labels: ["a", "b"], options: EvaluationOptions(resamples: 4000, isStratified: true, seed: 1))
    for index in 0..<100 { try evaluation.add(id: "\(index)", truth: 0, answer: index < 70 ? 0 : 1) }
    let report = try evaluation.report()
    let interval = try #require(report.metrics.first { $0.metric == .balancedAccuracy }?.interval)
    #expect(abs(interval.lower - 0.61) < 0.011 && abs(interval.upper - 0.79) < 0.011)
  }
}

@Suite struct ClassificationMetricTests {
  @Test(arguments: ClassificationMetric.all) func `is found by its name and aliases`(metric: ClassificationMetric) {
    for name in [metric.name] + metric.aliases {
      #expect(ClassificationMetric(name: name) == metric, "\(name)")
      #expect(ClassificationMetric(name: name.uppercased().replacing("-", with: "_")) == metric, "\(name)")
    }
  }

  @Test func `knows any k, and refuses what is none`() {
    #expect(ClassificationMetric(name: "top3") == .topKAccuracy(3))
    #expect(ClassificationMetric(name: "top-10-accuracy") == .topKAccuracy(10))
    for name in ["", "top", "top-0", "loss", "val_f1"] { #expect(ClassificationMetric(name: name) == nil) }
    let error = #expect(throws: GalleyError.self) { try ClassificationMetric.named("acuracy") }
    #expect(error?.remedy == "Did you mean 'accuracy'?")
  }

  @Test func `a loss is better when lower, and NaN is never better`() {
    #expect(ClassificationMetric.logLoss.isBetter(0.1, than: 0.2))
    #expect(ClassificationMetric.accuracy.isBetter(0.2, than: 0.1))
    #expect(!ClassificationMetric.accuracy.isBetter(.nan, than: 0.1))
    #expect(ClassificationMetric.logLoss.isBetter(3, than: .nan))
  }
}
