// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// The probabilities with which rows beat each other, summed up for each row.
///
/// On the scale g of a metric (ln of a ratio, larger being better) the difference of two measured rows is normal with the
/// variance σᵢ² + σⱼ² + 2τ², so that j is at least as good as i with p = Π Φ((gⱼ − gᵢ) / s), the product running over
/// the metrics (noisy dominance: Hughes 2001, Teich 2001). A metric with s = 0 counts as 1 where j is at least as good, and
/// if s = 0 in all metrics, j has to be better in one. Every pair of rows is looked at once, for both directions.
///
/// Rows are taken in the order of one metric, that in which the noise is smallest beside the spread. Most pairs are then in
/// blocks that lie so far apart in it that one direction is impossible, and only the other metrics are looked at.
struct NoisyDominance {
  let count: Int
  let columns: [Column]
  let weights: [Double]
  /// The positions among the valid rows, in the order in which pairs are taken: by weight, so that factors of one weight
  /// are multiplied before a logarithm is taken, then by the leading metric, the worst first.
  let order: [Int]
  /// The metric that orders the rows of one weight.
  let leading: Int

  struct Column {
    var merits: [Double]
    var variances: [Double]
    /// Which measurement a value comes from; empty if no two rows share one.
    var measurements: [Int]
    /// The variance that all pairs have in common, if they have.
    var commonVariance: Double?
    /// Whether all variances are far from 0 and from infinity.
    var isPlain = false

    /// The spread of the values beside their noise; infinite if there is no noise.
    var clarity: Double {
      let spread = (merits.max() ?? 0) - (merits.min() ?? 0)
      return spread > 0 ? spread * spread / (variances.reduce(0, +) / Double(variances.count)) : 0
    }

    func permuted(_ order: [Int]) -> Column {
      Column(
        merits: order.map { merits[$0] }, variances: order.map { variances[$0] },
        measurements: measurements.isEmpty ? [] : order.map { measurements[$0] }, commonVariance: commonVariance,
        isPlain: isPlain)
    }
  }

  init(_ metrics: [ParetoMetric], _ rows: [Int], _ weights: [Double]?) throws(ParetoRefusal) {
    count = rows.count
    let all = metrics.first?.values.count ?? 0
    if let weights {
      guard weights.count == all, weights.allSatisfy({ $0 > 0 && $0.isFinite }) else { throw .badWeights }
    }
    let own = rows.map { weights?[$0] ?? 1 }
    var unordered: [Column] = []
    for metric in metrics { unordered.append(try Self.column(metric, rows)) }
    leading = unordered.indices.max { unordered[$0].clarity < unordered[$1].clarity } ?? 0
    let merits = unordered.isEmpty ? [] : unordered[leading].merits
    let order = rows.indices.sorted { first, second in
      if own[first] != own[second] { return own[first] < own[second] }
      return merits.isEmpty || merits[first] == merits[second] ? first < second : merits[first] < merits[second]
    }
    self.order = order
    self.weights = order.map { own[$0] }
    columns = unordered.map { $0.permuted(order) }
  }

  private static func column(_ metric: ParetoMetric, _ rows: [Int]) throws(ParetoRefusal) -> Column {
    let tolerance = metric.tolerance ?? 0
    guard tolerance >= 0, tolerance.isFinite, metric.usualTolerance >= 0, metric.usualTolerance.isFinite else {
      throw .badNoise(metric: metric.name)
    }
    let unknown = metric.tolerance == nil ? metric.usualTolerance : 0
    var variances: [Double] = []
    for row in rows {
      let known = metric.deviations?[row] ?? .nan
      let deviation = known.isNaN ? unknown : known
      guard deviation >= 0, deviation.isFinite else { throw .badNoise(metric: metric.name) }
      // Each of two rows brings its half of 2τ².
      variances.append(deviation * deviation + tolerance * tolerance)
    }
    let measurements = metric.measurements.map { shared in numbered(rows.map { shared[$0] }) } ?? []
    let isCommon = measurements.isEmpty && variances.allSatisfy { $0 == variances[0] }
    return Column(
      merits: rows.map { metric.merit(of: $0) }, variances: variances, measurements: measurements,
      commonVariance: isCommon ? variances.first.map { 2 * $0 } : nil,
      isPlain: variances.allSatisfy { (0x1p-900...0x1p900).contains($0) })
  }

  /// Gives rows of their own a number of their own; empty if there is nothing to share.
  private static func numbered(_ measurements: [Int?]) -> [Int] {
    var numbers: [Int: Int] = [:]
    var isShared = false
    let numbered = measurements.enumerated().map { position, measurement in
      guard let measurement else { return position }
      if let first = numbers[measurement] {
        isShared = true
        return first
      }
      numbers[measurement] = position
      return position
    }
    return isShared ? numbered : []
  }
}

extension ParetoScore {
  init(total: Double, logarithm: Double, expected: Double) {
    self.init(
      probability: exp(logarithm), logProbability: logarithm, expectedBetter: expected,
      share: total > 0 ? expected / total : 0)
  }
}

extension ParetoMetric {
  /// A row's value on the scale on which differences are compared, larger being better.
  func merit(of row: Int) -> Double {
    let value = scale == .ratio ? log(values[row]) : values[row]
    return sense == .minimize ? 0 - value : value + 0
  }
}
