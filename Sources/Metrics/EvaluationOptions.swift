// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// How a classifier's answers are judged.
public struct EvaluationOptions: Sendable, Hashable {
  /// What a figure is whose denominator is zero: a precision of a class that was never answered, a recall of one that
  /// never occurs. It is scikit-learn's `zero_division`; a note says where it was needed.
  public enum ZeroDivision: Sendable, Hashable {
    /// 0, scikit-learn's default.
    case zero
    /// 1.
    case one
    /// None; the class is left out of means (scikit-learn's `np.nan`).
    case excluded
  }

  /// What the scores are.
  public enum ScoreKind: Sendable, Hashable {
    /// From 0 to 1; in multi-class tasks their sum is 1, give or take 0.002 for models in half precision.
    case probabilities
    /// Any finite numbers of which larger ones mean more likely, such as logits. What needs probabilities isn't computed.
    case unbounded
  }

  /// How many of the highest scores `top-k-accuracy` looks at; those that the classes outnumber are computed.
  public var topK: [Int]
  /// What a division by zero gives.
  public var zeroDivision: ZeroDivision
  /// What the scores are.
  public var scores: ScoreKind
  /// In multi-label tasks a label is answered if its score is at least this.
  public var threshold: Double
  /// Number of bins of the calibration error.
  public var calibrationBins: Int
  /// How many samples are drawn for the intervals of metrics that are no proportion; 0 for none. Proportions have
  /// Wilson's interval.
  public var resamples: Int
  /// Whether every sample has as many items of each true class as there are; in multi-class tasks only.
  public var isStratified: Bool
  /// Level of the intervals, between 0 and 1.
  public var level: Double
  /// Equal seeds give equal intervals, in whatever order the items came.
  public var seed: UInt64

  /// Chooses.
  public init(
    topK: [Int] = [5], zeroDivision: ZeroDivision = .zero, scores: ScoreKind = .probabilities, threshold: Double = 0.5,
    calibrationBins: Int = 15, resamples: Int = 1000, isStratified: Bool = false, level: Double = 0.95, seed: UInt64 = 0
  ) {
    self.topK = topK
    self.zeroDivision = zeroDivision
    self.scores = scores
    self.threshold = threshold
    self.calibrationBins = calibrationBins
    self.resamples = resamples
    self.isStratified = isStratified
    self.level = level
    self.seed = seed
  }

  /// What the options of `validate` and `test` say.
  public init(_ options: EvaluateOptions) {
    self.init(
      topK: [options.topK], threshold: options.threshold, resamples: options.resamples,
      seed: UInt64(truncatingIfNeeded: options.seed))
  }

  /// No resampled intervals: for values that are needed after every epoch.
  public static let quick = EvaluationOptions(resamples: 0)
}
