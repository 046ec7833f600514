// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Answers one `ConstraintQuery`.
struct ConstraintSearch {
  private let bounds: [(bound: ConstraintQuery.Bound, metric: ParetoMetric, spread: Double)]
  private let objectives: [ParetoMetric]
  private let validity: ParetoValidity

  init(query: ConstraintQuery, metrics: [ParetoMetric], rows: [Int]?) throws(ParetoRefusal) {
    func named(_ name: String) throws(ParetoRefusal) -> ParetoMetric {
      guard let metric = metrics.first(where: { $0.name == name }) else { throw .noSuchMetric(name) }
      return metric
    }
    var objectives: [ParetoMetric] = []
    for name in query.objectives { objectives.append(try named(name)) }
    var bounded: [ParetoMetric] = []
    for bound in query.bounds {
      guard bound.value.isFinite else { throw .badBound(metric: bound.metric) }
      bounded.append(try named(bound.metric))
    }
    let named = objectives + bounded
    let validity = try ParetoValidity(of: named.isEmpty ? metrics : named, rows: rows)
    self.objectives = objectives
    self.validity = validity
    bounds = zip(query.bounds, bounded).map { bound, metric in
      let values = validity.valid.map { metric.values[$0] }
      return (bound, metric, (values.max() ?? 0) - (values.min() ?? 0))
    }
  }

  func answer(nearest: Int) -> ConstraintAnswer {
    var feasible: [Int] = []
    var misses: [ConstraintAnswer.NearMiss] = []
    for row in validity.valid {
      let violations = violations(of: row)
      if violations.isEmpty { feasible.append(row) } else { misses.append(.init(row: row, violations: violations)) }
    }
    return ConstraintAnswer(
      feasible: feasible.sorted(by: isBetter),
      nearest: feasible.isEmpty ? Array(misses.sorted(by: isNearer).prefix(max(0, nearest))) : [],
      excluded: validity.excluded)
  }

  private func violations(of row: Int) -> [ConstraintAnswer.Violation] {
    let violations: [ConstraintAnswer.Violation] = bounds.compactMap { bound, metric, spread in
      let value = metric.values[row]
      let excess = bound.comparison == .atMost ? value - bound.value : bound.value - value
      guard excess > 0 else { return nil }
      let unit = bound.value != 0 ? abs(bound.value) : spread > 0 ? spread : 1
      return ConstraintAnswer.Violation(bound: bound, value: value, excess: excess, relativeExcess: excess / unit)
    }
    return violations.sorted { $0.relativeExcess > $1.relativeExcess }
  }

  private func isBetter(_ first: Int, _ second: Int) -> Bool {
    for metric in objectives {
      let (a, b) = (metric.values[first], metric.values[second])
      if a != b { return metric.sense == .minimize ? a < b : a > b }
    }
    return first < second
  }

  private func isNearer(_ first: ConstraintAnswer.NearMiss, _ second: ConstraintAnswer.NearMiss) -> Bool {
    let (a, b) = (first.violations.map(\.relativeExcess), second.violations.map(\.relativeExcess))
    let (worstA, worstB) = (a.first ?? 0, b.first ?? 0)
    if worstA != worstB { return worstA < worstB }
    let (sumA, sumB) = (a.reduce(0, +), b.reduce(0, +))
    return sumA != sumB ? sumA < sumB : isBetter(first.row, second.row)
  }
}
