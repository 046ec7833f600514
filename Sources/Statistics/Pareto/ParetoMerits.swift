// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Valid rows on the scales of their metrics, as costs; positions are positions among them.
struct ParetoMerits {
  let columns: [[Double]]
  private let raw: [[Double]]
  private let senses: [ParetoFront.Sense]

  init(_ metrics: [ParetoMetric], _ rows: [Int]) {
    columns = metrics.map { metric in rows.map { 0 - metric.merit(of: $0) } }
    raw = metrics.map { metric in rows.map { metric.values[$0] } }
    senses = metrics.map(\.sense)
  }

  /// The rows that no other beats, ascending; by the values themselves, since two may have one logarithm.
  func front() -> [Int] { (try? ParetoFront.positions(ofColumns: raw, senses: senses).get()) ?? [] }

  /// Of rows that are equal in every metric the first.
  func distinctFront() -> [Int] {
    (try? ParetoFront.positions(ofColumns: raw, senses: senses, distinct: true).get()) ?? []
  }

  /// The worst value of each metric.
  var nadir: [Double] { columns.map { $0.max() ?? 0 } }

  func table(of rows: [Int]) -> CostTable {
    CostTable(dimension: columns.count, costs: rows.flatMap { row in columns.map { $0[row] } })
  }

  /// What each row of a front alone adds to its hypervolume against the worst values. In more than two metrics only of
  /// fronts of up to 200 rows.
  func contributions(of front: [Int]) -> [Int: Double] {
    if columns.count != 2 { return front.count <= 200 ? spatialContributions(of: front) : [:] }
    let order = front.sorted { (columns[0][$0], columns[1][$0]) < (columns[0][$1], columns[1][$1]) }
    let worst = nadir
    var contributions: [Int: Double] = [:]
    for (index, row) in order.enumerated() {
      let right = index + 1 < order.count ? columns[0][order[index + 1]] : worst[0]
      let above = index > 0 ? columns[1][order[index - 1]] : worst[1]
      contributions[row] = (right - columns[0][row]) * (above - columns[1][row])
    }
    return contributions
  }

  private func spatialContributions(of front: [Int]) -> [Int: Double] {
    let all = table(of: front).volume(below: nadir)
    var contributions: [Int: Double] = [:]
    for row in front { contributions[row] = all - table(of: front.filter { $0 != row }).volume(below: nadir) }
    return contributions
  }
}
