// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

extension Interval {
  /// Wilson's score interval of a proportion (Wilson 1927), without continuity correction.
  /// - Returns: `nil` unless `0 <= successes <= trials`, `trials > 0` and `0 < level < 1`.
  public static func wilson(successes: Int, of trials: Int, level: Double = 0.95) -> Interval? {
    guard trials > 0, (0...trials).contains(successes), level > 0, level < 1 else { return nil }
    let z = NormalDistribution.quantile(1 - (1 - level) / 2)
    let (n, p) = (Double(trials), Double(successes) / Double(trials))
    let centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    return Interval(
      lower: successes == 0 ? 0 : max(0, centre - half), upper: successes == trials ? 1 : min(1, centre + half),
      level: level, method: "wilson")
  }

  /// The interval of a median from the medians of independent processes: their mean, give or take Student's t times
  /// their standard error. What differs from process to process (memory layout, placement) is in it; what differs
  /// within a process is not mistaken for independent evidence (Georges, Buytaert, Eeckhout, "Statistically rigorous
  /// Java performance evaluation", OOPSLA 2007).
  /// - Returns: `nil` for fewer than two values, a value that is not finite, or a level outside 0 to 1.
  public static func betweenProcesses(_ medians: [Double], level: Double = 0.95) -> Interval? {
    guard let (mean, half) = studentHalfWidth(medians, level) else { return nil }
    return Interval(lower: mean - half, upper: mean + half, level: level, method: "t-between-processes")
  }

  /// The interval of the ratio `a / b` from paired processes (those of one round ran side by side): Student's t on the
  /// logarithms of the rounds' ratios.
  /// - Returns: the geometric mean of the ratios and its interval; `nil` for fewer than two pairs, lists of different
  ///   lengths, or a value that is not positive and finite.
  public static func ratio(
    of a: [Double], to b: [Double], level: Double = 0.95
  ) -> (ratio: Double, interval: Interval)? {
    guard a.count == b.count, (a + b).allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    guard let (mean, half) = studentHalfWidth(zip(a, b).map { log($0 / $1) }, level) else { return nil }
    let interval = Interval(
      lower: exp(mean - half), upper: exp(mean + half), level: level, method: "t-of-log-ratios-of-paired-processes")
    return (exp(mean), interval)
  }

  /// The percentile bootstrap interval of a statistic (Efron 1979).
  /// - Parameters:
  ///   - resamples: How many samples are drawn with replacement, each as long as `values`.
  ///   - seed: Equal seeds give equal intervals.
  /// - Returns: `nil` for no values, no resamples, a level outside 0 to 1, or a statistic that is not finite.
  public static func bootstrap(
    _ values: [Double], resamples: Int = 2000, level: Double = 0.95, seed: UInt64,
    statistic: ([Double]) -> Double
  ) -> Interval? {
    guard !values.isEmpty, resamples > 0, level > 0, level < 1 else { return nil }
    var generator = SeededGenerator(seed: seed)
    var statistics: [Double] = []
    statistics.reserveCapacity(resamples)
    var sample = values
    for _ in 0..<resamples {
      for index in sample.indices { sample[index] = values[generator.number(below: values.count)] }
      statistics.append(statistic(sample))
    }
    return percentiles(ofResampled: statistics, level: level)
  }

  /// The percentile bootstrap interval from the statistic's values on resamples (``Resampler`` draws them).
  /// - Returns: `nil` for no values, a value that is not finite, or a level outside 0 to 1.
  public static func percentiles(
    ofResampled statistics: [Double], level: Double = 0.95, method: String = "bootstrap-percentile"
  ) -> Interval? {
    guard level > 0, level < 1, statistics.allSatisfy(\.isFinite) else { return nil }
    let sorted = statistics.sorted()
    guard let lower = Percentile.value(at: (1 - level) / 2, ofSorted: sorted),
      let upper = Percentile.value(at: (1 + level) / 2, ofSorted: sorted)
    else { return nil }
    return Interval(lower: lower, upper: upper, level: level, method: method)
  }

  private static func studentHalfWidth(_ values: [Double], _ level: Double) -> (mean: Double, half: Double)? {
    guard values.count >= 2, values.allSatisfy(\.isFinite), level > 0, level < 1 else { return nil }
    let (mean, deviation) = Moments.meanAndDeviation(values)
    let quantile = StudentT.quantile(1 - (1 - level) / 2, degrees: Double(values.count - 1))
    return (mean, quantile * deviation / Double(values.count).squareRoot())
  }
}
