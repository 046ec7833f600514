// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Statistics

/// Bootstrap intervals of several metrics from the same samples of items.
struct ResampledIntervals {
  /// The interval of each metric, where there is one.
  private(set) var intervals: [Interval?]
  /// Why a metric that was to have an interval has none.
  private(set) var missing: [String?]

  /// Steps that a metric of ranks may take over all samples, items and classes.
  private static let affordable = 4_000_000_000

  init(of metrics: [ClassificationMetric], _ items: EvaluatedItems) {
    let options = items.options
    intervals = Array(repeating: nil, count: metrics.count)
    missing = Array(repeating: nil, count: metrics.count)
    guard options.resamples > 0, items.count > 1 else { return }
    let resampled = metrics.indices.filter {
      let isArea = EvaluatedItems.ranking.contains(metrics[$0])
      let (steps, overflow) = (items.count * items.classCount).multipliedReportingOverflow(by: options.resamples)
      guard isArea, overflow || steps > Self.affordable else { return true }
      missing[$0] = "no interval: \(options.resamples) samples of so many items and classes would take long"
      return false
    }
    var values = [[Double]](repeating: [], count: resampled.count)
    var resampler =
      options.isStratified && items.task == .multiClass
      ? Resampler(strata: items.truth, seed: options.seed) : Resampler(count: items.count, seed: options.seed)
    let chosen = resampled.map { metrics[$0] }
    for _ in 0..<options.resamples {
      for (place, value) in items.values(of: chosen, resampler.next()).enumerated() {
        if let value { values[place].append(value) }
      }
    }
    let method = options.isStratified && items.task == .multiClass ? "-stratified" : ""
    for (place, index) in resampled.enumerated() {
      // A sample without an item of a class, say, has no value; a few of them don't matter.
      guard Double(values[place].count) >= 0.95 * Double(options.resamples) else {
        if !values[place].isEmpty {
          missing[index] =
            "no interval: not defined in \(options.resamples - values[place].count) of \(options.resamples) samples"
        }
        continue
      }
      intervals[index] = .percentiles(
        ofResampled: values[place], level: options.level, method: "bootstrap-percentile\(method)")
    }
  }
}
