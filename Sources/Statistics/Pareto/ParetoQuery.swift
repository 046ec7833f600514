// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The question of LEIP's `query_pareto_optimal_recipes`, with its defaults: which rows trade an accuracy against other
/// metrics best?
public struct ParetoQuery: Sendable, Hashable {
  /// How rows are chosen.
  public enum Method: String, Sendable, Hashable, Codable, CaseIterable {
    /// The rows that no other row beats.
    case exact
    /// The rows ranked by the probability that no other row beats them (`Paretoness`).
    case fuzzy
  }

  /// How the chosen rows are sorted; the raw values are LEIP's.
  public enum Order: String, Sendable, Hashable, Codable, CaseIterable {
    /// By the first metric beside the accuracy.
    case customBestToWorst = "metric_custom_best_to_worst"
    /// By the accuracy.
    case accuracyBestToWorst = "metric_accuracy_best_to_worst"
    /// By the angle of (custom, accuracy), both normalized, from the custom axis.
    case angular = "angular_custom_to_accuracy"
    /// By the probability of being Pareto-optimal; also for `exact`, where it separates the rows of the front.
    case paretoness
  }

  /// How rows are chosen.
  public var method: Method
  /// How they are sorted.
  public var order: Order
  /// At most this many: the first in paretoness for `fuzzy`, the first in the order for `exact`; `nil` for all.
  public var top: Int?
  /// The row beside which "x times faster" is said; `nil` for the worst valid row of each metric.
  public var baseline: Int?

  /// LEIP's defaults.
  public init(
    method: Method = .exact, order: Order = .customBestToWorst, top: Int? = nil, baseline: Int? = nil
  ) {
    self.method = method
    self.order = order
    self.top = top
    self.baseline = baseline
  }
}

/// What a `ParetoQuery` found. Rows are positions in the metrics that were given.
public struct ParetoAnswer: Sendable, Hashable {
  /// One metric as the answer shows it: larger is better.
  public struct Column: Sendable, Hashable {
    /// The metric's own name.
    public let metric: String
    /// The name of the normalized metric: "x times faster", or the metric's own name.
    public let name: String
    /// The row that the values are normalized by, `nil` if the metric is kept as it is.
    public let baseline: Int?
    /// That row's value of the metric.
    public let baselineValue: Double?
    /// The values of the chosen rows, in the order of `rows`.
    public let chosen: [Double]
    /// The values of all rows that can be compared, in the order of `valid`.
    public let all: [Double]
  }

  /// The chosen rows, sorted.
  public let rows: [Int]
  /// The accuracy first, then the other metrics as they were given.
  public let columns: [Column]
  /// The rows that no other beats, by the first metric beside the accuracy.
  public let front: [Int]
  /// The rows that could be compared, ascending.
  public let valid: [Int]
  /// The rows that could not, with the reasons.
  public let excluded: [ParetoValidity.Exclusion]
  /// How sure each chosen row's place is, in the order of `rows`; empty if neither the method nor the order needed it.
  public let scores: [ParetoScore]
}

extension ParetoQuery {
  /// Answers the question.
  /// - Parameters:
  ///   - accuracy: the metric that is traded against the others.
  ///   - others: at least one; the first is LEIP's `metric_custom`.
  ///   - rows: the positions to choose among, `nil` for all.
  ///   - weights: the effort behind each row (positive; `nil` for 1 each): 1 divided by the size of its family keeps a
  ///     family that was sampled a thousand times from making its region look easy.
  /// - Throws: `ParetoRefusal`. No valid row is no refusal: the answer is then empty.
  public func answer(
    accuracy: ParetoMetric, against others: [ParetoMetric], rows: [Int]? = nil, weights: [Double]? = nil
  ) throws(ParetoRefusal) -> ParetoAnswer {
    try ParetoAnswering(query: self, metrics: [accuracy] + others, rows: rows, weights: weights).answer()
  }
}
