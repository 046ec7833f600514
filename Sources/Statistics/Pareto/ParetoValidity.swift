// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Which rows can be compared in all metrics, and why the others can't. Nothing is imputed.
public struct ParetoValidity: Sendable, Hashable {
  /// Why a value can't be compared.
  public enum Reason: Sendable, Hashable {
    /// It is NaN: not measured.
    case missing
    /// It is infinite.
    case infinite
    /// It is 0 or less on a scale of ratios: an energy of 0 was not measured, and nothing is infinitely fast.
    case notPositive(Double)
  }

  /// A row that is left out.
  public struct Exclusion: Sendable, Hashable, CustomStringConvertible {
    /// The row's position.
    public let row: Int
    /// The first metric that excludes it.
    public let metric: String
    /// What is wrong with the value.
    public let reason: Reason

    /// A sentence for a person, without the row: "od_inf_energy_mJ is 0.0, which can't be compared as a ratio".
    public var description: String {
      switch reason {
      case .missing: "\(metric) is missing"
      case .infinite: "\(metric) is infinite"
      case .notPositive(let value): "\(metric) is \(value), which can't be compared as a ratio"
      }
    }
  }

  /// The positions of the rows that can be compared, ascending.
  public let valid: [Int]
  /// The rows that can't, ascending.
  public let excluded: [Exclusion]

  /// Looks at every value of every metric.
  /// - Parameter rows: the positions to look at, `nil` for all.
  /// - Throws: `ParetoRefusal` if there are no metrics, or if one has another number of rows than the first.
  public init(of metrics: [ParetoMetric], rows: [Int]? = nil) throws(ParetoRefusal) {
    let count = try ParetoRefusal.checkedCount(of: metrics)
    var valid: [Int] = []
    var excluded: [Exclusion] = []
    for row in rows ?? Array(0..<count) {
      guard row >= 0, row < count else { throw .noSuchRow(row) }
      if let exclusion = Self.exclusion(of: row, in: metrics) { excluded.append(exclusion) } else { valid.append(row) }
    }
    self.valid = valid
    self.excluded = excluded
  }

  private static func exclusion(of row: Int, in metrics: [ParetoMetric]) -> Exclusion? {
    for metric in metrics {
      let value = metric.values[row]
      let reason: Reason? =
        if value.isNaN { .missing } else if value.isInfinite { .infinite } else if metric.scale == .ratio, value <= 0 {
          .notPositive(value)
        } else { nil }
      if let reason { return Exclusion(row: row, metric: metric.name, reason: reason) }
    }
    return nil
  }
}

/// Why a question about a Pareto front can't be answered.
public enum ParetoRefusal: Error, Sendable, Hashable, CustomStringConvertible {
  /// There are no metrics.
  case noMetrics
  /// A query needs an accuracy and at least one metric beside it.
  case oneMetric
  /// A metric has another number of values, deviations or measurements than there are rows.
  case lengthsDiffer(metric: String, expected: Int, found: Int)
  /// A deviation or a tolerance is negative or infinite, or a tolerance is NaN.
  case badNoise(metric: String)
  /// Effort weights have to be positive, finite and as many as the rows.
  case badWeights
  /// A row that is named is not among the rows.
  case noSuchRow(Int)
  /// The row that was named as the baseline can't be compared.
  case invalidBaseline(ParetoValidity.Exclusion)
  /// A metric that is named is not among the metrics.
  case noSuchMetric(String)
  /// How many rows are wanted has to be 1 or more.
  case badCount(Int)
  /// A bound is NaN or infinite.
  case badBound(metric: String)

  /// A sentence for a person.
  public var description: String {
    switch self {
    case .noMetrics: "there are no metrics"
    case .oneMetric: "there is one metric, and a choice needs an accuracy and something to pay for it"
    case .lengthsDiffer(let metric, let expected, let found): "\(metric) has \(found) values for \(expected) rows"
    case .badNoise(let metric): "a deviation or the tolerance of \(metric) is negative or not finite"
    case .badWeights: "effort weights have to be positive and finite, one for each row"
    case .noSuchRow(let row): "there is no row \(row)"
    case .invalidBaseline(let exclusion): "the baseline, row \(exclusion.row), can't be compared: \(exclusion)"
    case .noSuchMetric(let name): "there is no metric \(name)"
    case .badCount(let count): "\(count) rows can't be chosen; 1 is the fewest"
    case .badBound(let metric): "the bound of \(metric) is not a finite number"
    }
  }

  static func checkedCount(of metrics: [ParetoMetric]) throws(ParetoRefusal) -> Int {
    guard let first = metrics.first else { throw .noMetrics }
    let count = first.values.count
    for metric in metrics {
      for found in [metric.values.count, metric.deviations?.count ?? count, metric.measurements?.count ?? count]
      where found != count {
        throw .lengthsDiffer(metric: metric.name, expected: count, found: found)
      }
    }
    return count
  }
}
