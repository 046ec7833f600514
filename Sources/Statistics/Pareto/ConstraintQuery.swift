// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Rows within bounds, best first: "latency at most 10 ms, accuracy at least 0.92; the smallest".
public struct ConstraintQuery: Sendable, Hashable {
  /// Which side of a value is allowed.
  public enum Comparison: String, Sendable, Hashable, Codable { case atMost = "<=", atLeast = ">=" }

  /// What a metric has to keep, in the metric's unit.
  public struct Bound: Sendable, Hashable {
    /// The metric's name.
    public var metric: String
    /// Which side is allowed.
    public var comparison: Comparison
    /// The bound itself is allowed.
    public var value: Double

    /// A bound.
    public init(_ metric: String, _ comparison: Comparison, _ value: Double) {
      self.metric = metric
      self.comparison = comparison
      self.value = value
    }
  }

  /// The bounds, all to be kept.
  public var bounds: [Bound]
  /// The metrics to be best in, the first deciding and the others breaking ties; empty keeps the order of the rows.
  public var objectives: [String]

  /// A query.
  public init(bounds: [Bound], objectives: [String] = []) {
    self.bounds = bounds
    self.objectives = objectives
  }
}

/// What a `ConstraintQuery` found.
public struct ConstraintAnswer: Sendable, Hashable {
  /// A bound that a row breaks.
  public struct Violation: Sendable, Hashable {
    /// The bound.
    public let bound: ConstraintQuery.Bound
    /// The row's value.
    public let value: Double
    /// How far beyond the bound it is, in the metric's unit; more than 0.
    public let excess: Double
    /// The excess as a share of the bound (of the spread of the metric, if the bound is 0).
    public let relativeExcess: Double
  }

  /// A row that breaks a bound.
  public struct NearMiss: Sendable, Hashable {
    /// The row.
    public let row: Int
    /// What it breaks, the worst first.
    public let violations: [Violation]
  }

  /// The rows that keep every bound, best first.
  public let feasible: [Int]
  /// If there are none: the rows that break the bounds least, by the worst relative excess, then their sum, then the
  /// objectives.
  public let nearest: [NearMiss]
  /// Rows that miss a value that a bound or an objective needs.
  public let excluded: [ParetoValidity.Exclusion]
}

extension ConstraintQuery {
  /// Answers the query.
  /// - Parameters:
  ///   - metrics: the metrics by name; those that no bound and no objective names are not looked at.
  ///   - rows: the positions to choose among, `nil` for all.
  ///   - nearest: how many rows to name if none is feasible.
  /// - Throws: `ParetoRefusal`.
  public func answer(
    from metrics: [ParetoMetric], rows: [Int]? = nil, nearest: Int = 5
  ) throws(ParetoRefusal) -> ConstraintAnswer {
    try ConstraintSearch(query: self, metrics: metrics, rows: rows).answer(nearest: nearest)
  }
}
