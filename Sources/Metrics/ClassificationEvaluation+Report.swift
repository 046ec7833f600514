// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
internal import Statistics

extension ClassificationEvaluation {
  /// Below this many items a report says that there are too few.
  public static let fewestItems = 30
  /// Below this many items of a class a report says that there are too few.
  public static let fewestItemsOfClass = 5

  /// Judges the items so far.
  ///
  /// Accuracy, top-k accuracy and, of each class, precision and recall have Wilson's interval; the other metrics have a
  /// percentile bootstrap interval over the items, if the options ask for resamples.
  /// - Throws: `GalleyError` if there are no items.
  public func report() throws(GalleyError) -> ClassificationReport {
    guard itemCount > 0 else { throw Self.refusal("there are no items") }
    let items = EvaluatedItems(self)
    let once = [Int](repeating: 1, count: items.count)
    let metrics = items.metrics
    let values = items.values(of: metrics, once)
    let counts = items.counts(once)
    let notes = EvaluationNotes(items, counts, labels: labels)
    let intervals = ResampledIntervals(of: metrics, items)
    let correct = items.correct(once)
    let rows = zip(metrics, values).enumerated().map { index, pair in
      var row = MetricValue(pair.0, value: pair.1, itemCount: items.count, notes: notes.notes(on: pair.0, pair.1))
      guard pair.1 != nil else { return row }
      if let successes = successes(pair.0, items, correct: correct, once) {
        row.interval = .wilson(successes: successes, of: items.count, level: options.level)
      } else {
        row.interval = intervals.intervals[index]
        if let why = intervals.missing[index] { row.notes.append(why) }
      }
      return row
    }
    return ClassificationReport(
      task: task, itemCount: itemCount, metrics: rows, classes: classes(items, counts, once),
      confusion: items.confusion,
      notes: notes.general)
  }

  /// A metric's value on the items so far, without intervals; `nil` if it doesn't apply or is not defined.
  /// - Throws: `GalleyError` if there are no items.
  public func value(of metric: ClassificationMetric) throws(GalleyError) -> Double? {
    guard itemCount > 0 else { throw Self.refusal("there are no items") }
    let items = EvaluatedItems(self, needsRanks: EvaluatedItems.ranking.contains(metric))
    guard items.metrics.contains(metric) else { return nil }
    return items.values(of: [metric], [Int](repeating: 1, count: items.count))[0]
  }

  /// The items' answers; `nil` in multi-label tasks.
  public var predictions: Predictions? {
    task == .multiClass ? Predictions(ids: ids, truth: truth, answers: answers) : nil
  }

  /// The number of successes if the metric is a proportion of the items.
  private func successes(
    _ metric: ClassificationMetric, _ items: EvaluatedItems, correct: Int, _ once: [Int]
  ) -> Int? {
    switch metric {
    case .accuracy: correct
    case .topKAccuracy(let k): items.topK(k, once)
    // With one class for each item, the decisions of all classes together are the items.
    case .precisionMicro, .recallMicro, .f1Micro: task == .multiClass ? correct : nil
    default: nil
    }
  }

  private func classes(_ items: EvaluatedItems, _ counts: ClassCounts, _ once: [Int]) -> [ClassQuality] {
    let areas = items.ranked.map { $0.areas(once) }
    return labels.indices.map { index in
      var row = ClassQuality(index, labels: labels, counts: counts, level: options.level)
      if areas.indices.contains(index) {
        row.rocAUC = areas[index].roc
        row.averagePrecision = areas[index].precisionRecall
      }
      return row
    }
  }
}

extension ClassQuality {
  /// The figures of class `index`.
  init(_ index: Int, labels: [String], counts: ClassCounts, level: Double = 0.95) {
    let hits = counts.hits[index]
    self.init(
      label: labels[index], support: counts.support[index], precision: counts.value(.precision, of: index),
      recall: counts.value(.recall, of: index), f1: counts.value(.f1, of: index), answered: counts.answered[index],
      precisionInterval: .wilson(successes: hits, of: counts.answered[index], level: level),
      recallInterval: .wilson(successes: hits, of: counts.support[index], level: level))
  }
}
