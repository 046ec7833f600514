// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Statistics

/// How well a classifier's answers agree with the truth, on items it has never seen.
public struct ClassificationQuality: Sendable, Hashable, Codable {
  /// Number of items judged.
  public var itemCount: Int
  /// Correct answers divided by items.
  public var accuracy: Double
  /// 95 % Wilson interval of the accuracy.
  public var accuracyInterval: Interval
  /// Figures of each class, in the order of the labels.
  public var classes: [ClassQuality]
  /// Counts by true class (row) and answered class (column).
  public var confusion: [[Int]]

  /// Creates a record.
  public init(
    itemCount: Int, accuracy: Double, accuracyInterval: Interval, classes: [ClassQuality], confusion: [[Int]]
  ) {
    self.itemCount = itemCount
    self.accuracy = accuracy
    self.accuracyInterval = accuracyInterval
    self.classes = classes
    self.confusion = confusion
  }
}

/// Figures of one class; a figure is `nil` where its denominator is zero.
public struct ClassQuality: Sendable, Hashable, Codable {
  /// The class's name.
  public var label: String
  /// Items whose true class this is.
  public var support: Int
  /// Of the items answered with this class, the part that is.
  public var precision: Double?
  /// Of the items of this class, the part that was answered so.
  public var recall: Double?
  /// Harmonic mean of precision and recall.
  public var f1: Double?
  /// Items that were answered with this class; `nil` in records of earlier versions.
  public var answered: Int?
  /// 95 % Wilson interval of the precision, unless another level was asked for.
  public var precisionInterval: Interval?
  /// 95 % Wilson interval of the recall, unless another level was asked for.
  public var recallInterval: Interval?
  /// Area under the ROC curve of this class against the rest; `nil` without scores.
  public var rocAUC: Double?
  /// Average precision of this class against the rest; `nil` without scores.
  public var averagePrecision: Double?

  /// Creates a record.
  public init(
    label: String, support: Int, precision: Double?, recall: Double?, f1: Double?, answered: Int? = nil,
    precisionInterval: Interval? = nil, recallInterval: Interval? = nil, rocAUC: Double? = nil,
    averagePrecision: Double? = nil
  ) {
    self.label = label
    self.support = support
    self.precision = precision
    self.recall = recall
    self.f1 = f1
    self.answered = answered
    self.precisionInterval = precisionInterval
    self.recallInterval = recallInterval
    self.rocAUC = rocAUC
    self.averagePrecision = averagePrecision
  }
}

/// A classifier's answers by item, in the items' order.
public struct Predictions: Sendable, Hashable, Codable {
  /// Ids of the items.
  public var ids: [String]
  /// True class of each item.
  public var truth: [Int]
  /// Answered class of each item.
  public var answers: [Int]

  /// Creates a record.
  public init(ids: [String], truth: [Int], answers: [Int]) {
    self.ids = ids
    self.truth = truth
    self.answers = answers
  }
}
