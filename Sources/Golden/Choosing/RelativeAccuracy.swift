// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Statistics

/// A configuration's accuracy divided by the best on the same data, averaged over data sets: LEIP's
/// `relative_task_metric`.
struct RelativeAccuracy {
  /// One row for each configuration that was judged on every data set.
  struct Entry {
    /// The configuration's row that stands for it: the first by id.
    var row: Int
    /// All its rows.
    var rows: [Int]
    /// Mean of the ratios.
    var value: Double
    /// 95 % interval of the mean, from the spread between data sets; `nil` for one data set.
    var interval: Interval?
    /// Standard error of the mean; NaN for one data set.
    var deviation: Double
  }

  private(set) var entries: [Entry] = []
  /// Rows of configurations that lack a data set, with the reason.
  private(set) var excluded: [(row: Int, reason: String)] = []
  /// The data sets.
  let dataSets: [String]

  init(values: [Double], data: [String], configurations: [String]) {
    dataSets = Set(data).sorted()
    var best: [String: Double] = [:]
    for (value, name) in zip(values, data) where value.isFinite { best[name] = max(best[name] ?? 0, value) }
    let groups = Dictionary(grouping: configurations.indices) { configurations[$0] }
    for rows in groups.values.map({ $0.sorted() }).sorted(by: { $0.first ?? 0 < $1.first ?? 0 }) {
      // Several rows of a configuration on one data set count as one, by their mean.
      var ratios: [String: [Double]] = [:]
      for row in rows where values[row].isFinite {
        if let top = best[data[row]], top > 0 { ratios[data[row], default: []].append(values[row] / top) }
      }
      guard let first = rows.first else { continue }
      guard ratios.count == dataSets.count else {
        excluded += rows.map { ($0, "it was judged on \(ratios.count) of \(dataSets.count) data sets") }
        continue
      }
      let means = dataSets.compactMap { ratios[$0] }.map { $0.reduce(0, +) / Double($0.count) }
      let moments = Moments.meanAndDeviation(means)
      entries.append(
        Entry(
          row: first, rows: rows, value: moments.mean, interval: Interval.betweenProcesses(means),
          deviation: means.count > 1 ? moments.deviation / Double(means.count).squareRoot() : .nan))
    }
  }
}
