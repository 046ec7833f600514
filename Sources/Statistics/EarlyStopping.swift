// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// An upper bound for a percentile that holds with a chosen confidence, from as many values as there are.
///
/// It is MLPerf's early stopping (Reddi et al., "MLPerf Inference Benchmark", ISCA 2020, and LoadGen's
/// `early_stopping.cc`): if the share of values above a bound were larger than 1 - percentile, then so few of them above
/// it would be improbable. The binomial distribution says how improbable.
public struct EarlyStopping: Sendable, Hashable {
  /// The percentile as a fraction, between 0 and 1: 0.9.
  public let percentile: Double
  /// How sure the bound is, between 0 and 1.
  public let confidence: Double

  /// Chooses; by default the 90th percentile with 99 % confidence, as MLPerf's single stream.
  /// - Returns: `nil` unless both lie between 0 and 1.
  public init?(percentile: Double = 0.9, confidence: Double = 0.99) {
    guard percentile > 0, percentile < 1, confidence > 0, confidence < 1 else { return nil }
    self.percentile = percentile
    self.confidence = confidence
  }

  /// How many values at or below a bound are needed, so that `above` values over it are few enough.
  public func leastBelow(above: Int) -> Int {
    let above = max(above, 0)
    var upper = 1
    while probability(below: upper, above: above) >= 1 - confidence, upper < 1 << 40 { upper *= 2 }
    var lower = upper / 2
    while upper - lower > 1 {
      let middle = lower + (upper - lower) / 2
      if probability(below: middle, above: above) < 1 - confidence { upper = middle } else { lower = middle }
    }
    return upper
  }

  /// The fewest values that give a bound.
  public var minimumCount: Int { leastBelow(above: 1) + 1 }

  /// The position, counted from 0 in ascending order, of the value that bounds the percentile; `nil` for too few values.
  public func position(count: Int) -> Int? {
    guard count >= minimumCount else { return nil }
    // The number of values that may lie above grows with the count; it is below count · (1 - percentile).
    var (lower, upper) = (1, max(count / 2, 2))
    upper = max(upper, Int((Double(count) * (1 - percentile)).rounded(.up)) + 2)
    while upper - lower > 1 {
      let middle = lower + (upper - lower) / 2
      if leastBelow(above: middle) + middle <= count { lower = middle } else { upper = middle }
    }
    return count - lower
  }

  /// The value that bounds the percentile of `values`, which may be in any order; `nil` for too few values.
  public func bound(_ values: [Double]) -> Double? { position(count: values.count).map { values.sorted()[$0] } }

  /// The probability of at most `above` values over the percentile's true value among all.
  private func probability(below: Int, above: Int) -> Double {
    IncompleteBeta.regularized(percentile, Double(below), Double(above + 1))
  }
}
