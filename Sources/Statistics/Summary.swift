// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The distribution of some values, in the values' own unit.
public struct Summary: Sendable, Hashable, Codable {
  /// Number of values; at least one.
  public var count: Int
  /// Smallest value.
  public var minimum: Double
  /// Largest value.
  public var maximum: Double
  /// Arithmetic mean.
  public var mean: Double
  /// Sample standard deviation (n - 1 in the denominator); 0 for a single value.
  public var standardDeviation: Double
  /// Median absolute deviation from the median, not scaled.
  public var medianAbsoluteDeviation: Double
  /// 50th percentile.
  public var median: Double
  /// 90th percentile.
  public var p90: Double
  /// 95th percentile.
  public var p95: Double
  /// 99th percentile.
  public var p99: Double

  /// Creates a summary from its figures.
  public init(
    count: Int, minimum: Double, maximum: Double, mean: Double, standardDeviation: Double,
    medianAbsoluteDeviation: Double, median: Double, p90: Double, p95: Double, p99: Double
  ) {
    self.count = count
    self.minimum = minimum
    self.maximum = maximum
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.medianAbsoluteDeviation = medianAbsoluteDeviation
    self.median = median
    self.p90 = p90
    self.p95 = p95
    self.p99 = p99
  }
}

/// A confidence interval and how it was obtained.
public struct Interval: Sendable, Hashable, Codable {
  /// Lower end.
  public var lower: Double
  /// Upper end.
  public var upper: Double
  /// Confidence level, such as 0.95.
  public var level: Double
  /// The method, such as `wilson` or `t-between-processes`.
  public var method: String

  /// Creates an interval.
  public init(lower: Double, upper: Double, level: Double, method: String) {
    self.lower = lower
    self.upper = upper
    self.level = level
    self.method = method
  }
}
