// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Percentiles by linear interpolation between the two nearest ranks: NumPy's default, type 7 of Hyndman and Fan
/// ("Sample quantiles in statistical packages", 1996).
public enum Percentile {
  /// The percentile of values that are in ascending order.
  /// - Parameters:
  ///   - fraction: 0 gives the smallest value, 1 the largest, 0.5 the median; it is clamped to that range.
  ///   - sorted: Values in ascending order.
  /// - Returns: `nil` if there are no values or `fraction` is NaN.
  public static func value(at fraction: Double, ofSorted sorted: [Double]) -> Double? {
    guard !sorted.isEmpty, !fraction.isNaN else { return nil }
    let position = min(max(fraction, 0), 1) * Double(sorted.count - 1)
    let below = Int(position)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (sorted[above] - sorted[below]) * (position - Double(below))
  }

  /// The median of values in any order; `nil` if there are none.
  public static func median(_ values: [Double]) -> Double? { value(at: 0.5, ofSorted: values.sorted()) }
}

extension Summary {
  /// Describes the distribution of `values`; the percentiles are linear (``Percentile``).
  /// - Returns: `nil` if there are no values or one of them is not finite.
  public init?(_ values: [Double]) {
    guard !values.isEmpty, values.allSatisfy(\.isFinite) else { return nil }
    let sorted = values.sorted()
    let at = { Percentile.value(at: $0, ofSorted: sorted) ?? .nan }
    let median = at(0.5)
    let (mean, deviation) = Moments.meanAndDeviation(sorted)
    self.init(
      count: sorted.count, minimum: at(0), maximum: at(1), mean: mean, standardDeviation: deviation,
      medianAbsoluteDeviation: Percentile.median(sorted.map { abs($0 - median) }) ?? 0, median: median, p90: at(0.9),
      p95: at(0.95), p99: at(0.99))
  }
}

/// Mean and spread.
public enum Moments {
  /// Arithmetic mean and sample standard deviation (n - 1 in the denominator; 0 for a single value), in two passes.
  /// Both are NaN for no values.
  public static func meanAndDeviation(_ values: [Double]) -> (mean: Double, deviation: Double) {
    guard !values.isEmpty else { return (.nan, .nan) }
    let mean = values.reduce(0, +) / Double(values.count)
    guard values.count > 1 else { return (mean, 0) }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / Double(values.count - 1)).squareRoot())
  }
}
