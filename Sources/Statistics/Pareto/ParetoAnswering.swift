// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Answers one `ParetoQuery`; positions are positions among the valid rows until the end.
struct ParetoAnswering {
  private let query: ParetoQuery
  private let metrics: [ParetoMetric]
  private let validity: ParetoValidity
  private let weights: [Double]?
  /// For each metric the values of the valid rows, larger being better.
  private let columns: [Normalized]

  private struct Normalized {
    var baseline: Int?
    var values: [Double]
  }

  init(
    query: ParetoQuery, metrics: [ParetoMetric], rows: [Int]?, weights: [Double]?
  ) throws(ParetoRefusal) {
    guard metrics.count > 1 else { throw .oneMetric }
    if let top = query.top, top < 1 { throw .badCount(top) }
    self.query = query
    self.metrics = metrics
    self.weights = weights
    validity = try ParetoValidity(of: metrics, rows: rows)
    if let baseline = query.baseline {
      if let excluded = validity.excluded.first(where: { $0.row == baseline }) { throw .invalidBaseline(excluded) }
      guard validity.valid.contains(baseline) else { throw .noSuchRow(baseline) }
    }
    var columns: [Normalized] = []
    for metric in metrics { columns.append(Self.normalized(metric, validity.valid, query.baseline)) }
    self.columns = columns
  }

  func answer() throws(ParetoRefusal) -> ParetoAnswer {
    let merits = ParetoMerits(metrics, validity.valid)
    let front = merits.front()
    var scores: [ParetoScore] = []
    if query.method == .fuzzy || query.order == .paretoness {
      scores = try NoisyDominance(metrics, validity.valid, weights).scores()
    }
    // What a row alone adds to the hypervolume of the front; it is asked for beside the scores only.
    let contributions = scores.isEmpty ? [:] : merits.contributions(of: front)
    var chosen = front
    if query.method == .fuzzy {
      chosen = byParetoness(Array(validity.valid.indices), scores, contributions)
      if let top = query.top { chosen = Array(chosen.prefix(top)) }
    }
    chosen = sorted(chosen, scores, contributions)
    if let top = query.top { chosen = Array(chosen.prefix(top)) }
    return ParetoAnswer(
      rows: chosen.map { validity.valid[$0] }, columns: zip(metrics, columns).map { column($0, $1, chosen) },
      front: byMetric(1, 0, front).map { validity.valid[$0] }, valid: validity.valid, excluded: validity.excluded,
      scores: scores.isEmpty ? [] : chosen.map { scores[$0] })
  }

  private func column(_ metric: ParetoMetric, _ column: Normalized, _ chosen: [Int]) -> ParetoAnswer.Column {
    let isNormalized = metric.comparative != nil
    return ParetoAnswer.Column(
      metric: metric.name, name: metric.normalizedName, baseline: isNormalized ? column.baseline : nil,
      baselineValue: isNormalized ? column.baseline.map { metric.values[$0] } : nil,
      chosen: chosen.map { column.values[$0] }, all: column.values)
  }

  /// Ratios to the baseline, larger being better: LEIP's maximum divided by the value for a time or a size. A metric on a
  /// scale of differences is kept, its sign turned if smaller is better.
  private static func normalized(_ metric: ParetoMetric, _ rows: [Int], _ baseline: Int?) -> Normalized {
    let values = rows.map { metric.values[$0] }
    let worst = rows.indices.min {
      metric.sense == .minimize ? values[$0] > values[$1] : values[$0] < values[$1]
    }
    guard let row = baseline ?? worst.map({ rows[$0] }) else { return Normalized(baseline: nil, values: []) }
    let reference = metric.values[row]
    return Normalized(
      baseline: row,
      values: values.map { value in
        switch (metric.scale, metric.sense) {
        case (.ratio, .minimize): reference / value
        case (.ratio, .maximize): value / reference
        case (.difference, .minimize): 0 - value
        case (.difference, .maximize): value
        }
      })
  }
}

// MARK: Orders

extension ParetoAnswering {
  private func sorted(_ chosen: [Int], _ scores: [ParetoScore], _ contributions: [Int: Double]) -> [Int] {
    switch query.order {
    case .customBestToWorst: byMetric(1, 0, chosen)
    case .accuracyBestToWorst: byMetric(0, 1, chosen)
    case .angular: byAngle(chosen)
    case .paretoness: byParetoness(chosen, scores, contributions)
    }
  }

  /// By one metric from best to worst, then by another, then by position.
  private func byMetric(_ metric: Int, _ next: Int, _ chosen: [Int]) -> [Int] {
    let (first, second) = (merits(metric), merits(next))
    return chosen.sorted { (first[$1], second[$1], $0) < (first[$0], second[$0], $1) }
  }

  /// The raw values with larger better: a ratio to a baseline may round two of them to one.
  private func merits(_ metric: Int) -> [Double] {
    let metric = metrics[metric]
    return validity.valid.map { metric.sense == .minimize ? 0 - metric.values[$0] : metric.values[$0] }
  }

  private func byAngle(_ chosen: [Int]) -> [Int] {
    let angles = zip(columns[0].values, columns[1].values).map { atan2($0, $1) }
    let custom = merits(1)
    return chosen.sorted { (angles[$0], custom[$1], $0) < (angles[$1], custom[$0], $1) }
  }

  /// By L, then λ, then what a row alone adds to the hypervolume of the front, then the position.
  private func byParetoness(_ chosen: [Int], _ scores: [ParetoScore], _ contributions: [Int: Double]) -> [Int] {
    chosen.sorted { first, second in
      let (a, b) = (scores[first], scores[second])
      if a.logProbability != b.logProbability { return a.logProbability > b.logProbability }
      if a.expectedBetter != b.expectedBetter { return a.expectedBetter < b.expectedBetter }
      let (one, other) = (contributions[first] ?? 0, contributions[second] ?? 0)
      return one != other ? one > other : first < second
    }
  }
}
