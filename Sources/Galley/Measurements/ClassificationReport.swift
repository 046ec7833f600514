// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Statistics

/// What a classifier chooses for an item.
public enum ClassificationTask: String, Sendable, Hashable, Codable, CaseIterable {
  /// One class.
  case multiClass = "multi-class"
  /// Any set of labels, the empty one too.
  case multiLabel = "multi-label"
}

/// A metric's value on a set of items, with what is needed to judge it.
public struct MetricValue: Sendable, Hashable, Codable {
  /// The metric.
  public var metric: ClassificationMetric
  /// Its value; `nil` where it is not defined, for the reason in the notes.
  public var value: Double?
  /// Where the value would lie if other items of the same kind were judged; `nil` if not asked for or not defined.
  public var interval: Interval?
  /// Number of items that the value rests on.
  public var itemCount: Int
  /// What a reader must know: classes left out, divisions by zero, too few items.
  public var notes: [String]

  enum CodingKeys: String, CodingKey {
    case metric = "name"
    case value, interval
    case itemCount = "n"
    case notes
  }

  /// Creates a record.
  public init(
    _ metric: ClassificationMetric, value: Double?, interval: Interval? = nil, itemCount: Int, notes: [String] = []
  ) {
    self.metric = metric
    self.value = value
    self.interval = interval
    self.itemCount = itemCount
    self.notes = notes
  }
}

/// How well a classifier's scores and answers agree with the truth: every metric with its interval, the figures of each
/// class, and what is to be said about them.
public struct ClassificationReport: Sendable, Hashable, Codable {
  /// One class or many labels for each item.
  public var task: ClassificationTask
  /// Number of items judged.
  public var itemCount: Int
  /// The metrics that apply to the task, in the order of `ClassificationMetric.all`.
  public var metrics: [MetricValue]
  /// Figures of each class, in the order of the labels.
  public var classes: [ClassQuality]
  /// Counts by true class (row) and answered class (column); `nil` in multi-label tasks.
  public var confusion: [[Int]]?
  /// What concerns more than one metric.
  public var notes: [String]

  /// Creates a record.
  public init(
    task: ClassificationTask, itemCount: Int, metrics: [MetricValue], classes: [ClassQuality], confusion: [[Int]]?,
    notes: [String]
  ) {
    self.task = task
    self.itemCount = itemCount
    self.metrics = metrics
    self.classes = classes
    self.confusion = confusion
    self.notes = notes
  }

  /// A metric's value; `nil` if it doesn't apply or is not defined.
  public subscript(metric: ClassificationMetric) -> Double? { metrics.first { $0.metric == metric }?.value }

  /// The report as the quality that a measurement carries; `nil` in multi-label tasks.
  public var quality: ClassificationQuality? {
    guard let confusion, let accuracy = metrics.first(where: { $0.metric == .accuracy }), let value = accuracy.value,
      let interval = accuracy.interval
    else { return nil }
    return ClassificationQuality(
      itemCount: itemCount, accuracy: value, accuracyInterval: interval, classes: classes, confusion: confusion)
  }
}
