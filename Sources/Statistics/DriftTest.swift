// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Tests whether a sequence rises or falls as a whole: Mann and Kendall's test with Hamed and Rao's correction of the
/// variance for autocorrelation ("A modified Mann-Kendall trend test for autocorrelated data", Journal of Hydrology
/// 204, 1998), and Sen's slope as the size of the trend. Ties are allowed.
public struct DriftTest: Sendable, Hashable, Codable {
  /// Two-sided probability of a trend at least this consistent in a sequence without one.
  public let pValue: Double
  /// Median of the slopes between all pairs, for one step of the sequence.
  public let slope: Double
  /// By how much the sequence changed from its first to its last value along the slope, relative to its median.
  public let relativeChange: Double

  /// Tests `values` in their order; the work grows with the square of their number.
  /// - Returns: `nil` for fewer than four values or one that is not finite.
  public init?(_ values: [Double]) {
    guard values.count >= 4, values.allSatisfy(\.isFinite), let median = Percentile.median(values) else { return nil }
    slope = Self.senSlope(values)
    relativeChange = median == 0 ? 0 : slope * Double(values.count - 1) / abs(median)
    let score = Self.score(values)
    let variance = Self.variance(values) * Self.correction(values, slope: slope)
    guard variance > 0, score != 0 else {
      pValue = 1
      return
    }
    let z = (score > 0 ? score - 1 : score + 1) / variance.squareRoot()
    pValue = 2 * NormalDistribution.cumulative(-abs(z))
  }

  /// Number of rising pairs minus number of falling pairs.
  private static func score(_ values: [Double]) -> Double {
    var score = 0
    for (index, value) in values.enumerated() {
      for later in values[(index + 1)...] { score += later > value ? 1 : later < value ? -1 : 0 }
    }
    return Double(score)
  }

  /// Variance of the score for independent values, with Kendall's correction for ties.
  private static func variance(_ values: [Double]) -> Double {
    func term(_ count: Int) -> Double {
      let n = Double(count)
      return n * (n - 1) * (2 * n + 5)
    }
    let ties = Dictionary(grouping: values, by: { $0 }).values.reduce(0) { $0 + term($1.count) }
    return (term(values.count) - ties) / 18
  }

  private static func senSlope(_ values: [Double]) -> Double {
    var slopes: [Double] = []
    for first in values.indices {
      for second in values.indices.dropFirst(first + 1) {
        slopes.append((values[second] - values[first]) / Double(second - first))
      }
    }
    return Percentile.median(slopes) ?? 0
  }

  /// Factor on the variance from the autocorrelation of the ranks of the detrended values; only autocorrelations that
  /// are significant at 5 % count.
  private static func correction(_ values: [Double], slope: Double) -> Double {
    let detrended = values.enumerated().map { $1 - slope * Double($0 + 1) }
    let ranks = Ranking.averageRanks(detrended)
    let (mean, _) = Moments.meanAndDeviation(ranks)
    let deviations = ranks.map { $0 - mean }
    let total = deviations.reduce(0) { $0 + $1 * $1 }
    guard total > 0 else { return 1 }
    let n = Double(values.count)
    let bound = NormalDistribution.quantile(0.975) / n.squareRoot()
    var sum = 0.0
    for lag in 1..<values.count {
      let products = zip(deviations, deviations.dropFirst(lag)).reduce(0) { $0 + $1.0 * $1.1 }
      let autocorrelation = products / total
      guard abs(autocorrelation) > bound else { continue }
      let k = Double(lag)
      sum += (n - k) * (n - k - 1) * (n - k - 2) * autocorrelation
    }
    return 1 + 2 / (n * (n - 1) * (n - 2)) * sum
  }
}

/// Ranks of values.
enum Ranking {
  /// The rank of each value from 1 on; equal values share the mean of their ranks.
  static func averageRanks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start
      while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
      for position in start...end { ranks[order[position]] = Double(start + end) / 2 + 1 }
      start = end + 1
    }
    return ranks
  }
}
