// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A figure by which a classifier's answers are judged; each has a name, other names, and a direction.
///
/// The definitions are scikit-learn's where it has one, with its defaults: a macro mean runs over the classes that occur
/// in the truth or the answers (in multi-label tasks over all).
public enum ClassificationMetric: Sendable, Hashable {
  /// Correct answers divided by items; in multi-label tasks an answer is correct if all its labels are (subset accuracy).
  case accuracy
  /// Items whose true class is among the `k` highest scores, divided by items. Of equal scores the later class ranks
  /// higher, as in scikit-learn.
  case topKAccuracy(Int)
  /// Mean recall of the classes that occur in the truth.
  case balancedAccuracy
  /// Mean precision of the classes.
  case precisionMacro
  /// Precision over all decisions.
  case precisionMicro
  /// Mean precision, each class weighted by its items.
  case precisionWeighted
  /// Mean recall (sensitivity) of the classes.
  case recallMacro
  /// Recall over all decisions.
  case recallMicro
  /// Mean recall, each class weighted by its items.
  case recallWeighted
  /// Mean F1 of the classes.
  case f1Macro
  /// F1 over all decisions.
  case f1Micro
  /// Mean F1, each class weighted by its items.
  case f1Weighted
  /// Geometric mean of the recalls of the classes that occur in the truth or the answers; 0 if one of them is 0. It is
  /// imbalanced-learn's `geometric_mean_score` with its defaults (Kubat and Matwin, ICML 1997).
  case gMean
  /// Area under the ROC curve: with two classes that of the second, otherwise the mean of each class against the rest.
  case rocAUC
  /// The same, each class weighted by its items.
  case rocAUCWeighted
  /// Average precision: with two classes that of the second, otherwise the mean of each class against the rest (mAP).
  case averagePrecision
  /// Mean negative logarithm of the true class's probability, in nats; in multi-label tasks the mean over items and labels.
  case logLoss
  /// Brier's score: mean squared error of the probabilities, halved with two classes as scikit-learn does; in
  /// multi-label tasks the mean over items and labels.
  case brier
  /// Expected calibration error (Guo et al., "On calibration of modern neural networks", ICML 2017): the highest
  /// probability is sorted into bins of equal width, open below and closed above; the bins' differences between accuracy
  /// and mean probability are averaged by their items. In multi-label tasks every label of every item counts, with the
  /// frequency of the label in place of the accuracy.
  case calibrationError
  /// The part of the labels that is wrong, over all items and labels; for multi-label tasks.
  case hammingLoss

  /// Whether a larger or a smaller value is better.
  public enum Direction: String, Sendable, Hashable, Codable {
    /// A larger value is better.
    case higher
    /// A smaller value is better.
    case lower
  }

  /// Which values are better.
  public var direction: Direction {
    switch self {
    case .logLoss, .brier, .calibrationError, .hammingLoss: .lower
    default: .higher
    }
  }

  /// Whether `value` is better than `other`; any number is better than NaN, which is better than nothing.
  public func isBetter(_ value: Double, than other: Double) -> Bool {
    if value.isNaN { return false }
    if other.isNaN { return true }
    return direction == .higher ? value > other : value < other
  }

  /// The metrics, the accuracy of the five highest scores among them.
  public static let all: [ClassificationMetric] = [
    .accuracy, .topKAccuracy(5), .balancedAccuracy, .precisionMacro, .precisionMicro, .precisionWeighted, .recallMacro,
    .recallMicro, .recallWeighted, .f1Macro, .f1Micro, .f1Weighted, .gMean, .rocAUC, .rocAUCWeighted, .averagePrecision,
    .logLoss, .brier, .calibrationError, .hammingLoss,
  ]
}
