// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Golden

/// What is known of every candidate in every use.
struct FindBoard {
  let space: FindSpace
  private let bounds: [ChoiceBound]
  private let merits: ArchitectureMerits
  /// By candidate, then by use.
  private var entries: [[FindOutcome.Entry]]
  /// The rows that were measured last, by candidate, then by use.
  private var rows: [[GoldenRow?]]

  init(_ space: FindSpace, _ bounds: [ChoiceBound], _ merits: ArchitectureMerits) {
    self.space = space
    self.bounds = bounds
    self.merits = merits
    rows = space.candidates.map { _ in space.uses.map { _ in nil } }
    entries = space.candidates.map { candidate in
      space.uses.map {
        FindOutcome.Entry(
          architecture: candidate.name, use: $0.name, reason: "not measured", isFeasible: false, isClose: false)
      }
    }
  }

  /// Keeps the figures of drawn weights.
  mutating func untrained(_ candidate: Int, _ use: Int, _ figures: SweepOutcome.Figures, _ row: GoldenRow) {
    rows[candidate][use] = row
    entries[candidate][use].untrained = figures
    // Accuracy is judged once there is some.
    let broken = bounds.filter { $0.column.unit != .fraction }.compactMap { $0.violation(row) }.first
    entries[candidate][use].reason = broken.map { "it breaks \($0.bound.text)" } ?? "not trained"
    entries[candidate][use].isFeasible = broken == nil
  }

  /// Keeps the figures of trained weights, unless a former round's were better on validation items.
  mutating func trained(
    _ candidate: Int, _ use: Int, _ figures: SweepOutcome.Figures, _ row: GoldenRow, epochs: Int
  ) {
    if let former = entries[candidate][use].trained?.validationAccuracy,
      former > figures.validationAccuracy ?? 0
    {
      return
    }
    rows[candidate][use] = row
    entries[candidate][use].trained = figures
    entries[candidate][use].epochs = epochs
    let broken = bounds.compactMap { $0.violation(row) }.first
    entries[candidate][use].reason = broken.map { "it breaks \($0.bound.text)" }
    entries[candidate][use].isFeasible = broken == nil
    entries[candidate][use].isClose = broken == nil && bounds.contains { $0.isCrossed(by: row) }
  }

  /// Notes that a candidate couldn't be run.
  mutating func refuse(_ candidate: Int, _ reason: String) {
    for use in entries[candidate].indices {
      entries[candidate][use].reason = reason
      entries[candidate][use].isFeasible = false
    }
  }

  /// - Throws: `GalleyError` if nothing could be measured.
  func requireMeasured() throws(GalleyError) {
    guard entries.joined().contains(where: { $0.untrained != nil }) else {
      throw GalleyError(
        .unavailable, "can't find a model",
        why: "none of \(space.candidates.count) architectures could be measured: "
          + (entries.joined().compactMap(\.reason).first ?? "there are none"))
    }
  }

  /// The uses of a candidate that keep the bounds so far.
  func feasibleUses(_ candidate: Int) -> [Int] { space.uses.indices.filter { entries[candidate][$0].isFeasible } }

  /// The candidates that keep the bounds in some use, the most promising first: those that were good on other data,
  /// then the slowest, which use most of what the bounds allow.
  func promising() -> [Int] {
    func latency(_ candidate: Int) -> Double {
      feasibleUses(candidate).compactMap { entries[candidate][$0].untrained?.medianLatency }.max() ?? 0
    }
    func merit(_ candidate: Int) -> Double {
      guard case .string(let name)? = space.candidates[candidate].architecture["use"] else { return -1 }
      return merits[name] ?? -1
    }
    return space.candidates.indices.filter { !feasibleUses($0).isEmpty }
      .sorted { (merit($0), latency($0), $1) > (merit($1), latency($1), $0) }
  }

  /// The result.
  func outcome(minutes: Double, ranOut: Bool, volume: String?, folder: String) -> FindOutcome {
    let all = entries.flatMap(\.self)
    let feasible = all.filter { $0.isFeasible && $0.trained != nil }
    // Choices are made on validation items; among equals the faster is better.
    let best = feasible.max { first, second in
      (first.trained?.validationAccuracy ?? 0, -(first.trained?.medianLatency ?? 0))
        < (second.trained?.validationAccuracy ?? 0, -(second.trained?.medianLatency ?? 0))
    }
    return FindOutcome(
      best: best, entries: all, nearest: best == nil ? nearest(all) : [], minutes: minutes, ranOutOfTime: ranOut,
      volume: volume, folder: folder)
  }

  private func nearest(_ all: [FindOutcome.Entry]) -> [FindOutcome.NearMiss] {
    let misses = zip(all, rows.flatMap(\.self)).compactMap { entry, row -> FindOutcome.NearMiss? in
      guard let row else { return nil }
      let relevant = entry.trained == nil ? bounds.filter { $0.column.unit != .fraction } : bounds
      guard let worst = relevant.compactMap({ $0.violation(row) }).max(by: { $0.excess < $1.excess }) else {
        return nil
      }
      return FindOutcome.NearMiss(
        architecture: entry.architecture, use: entry.use, bound: worst.bound.text, value: worst.value,
        excess: worst.excess)
    }
    return Array(misses.sorted { $0.excess < $1.excess }.prefix(3))
  }
}

extension ChoiceBound {
  /// The bound in the user's terms and the column's unit.
  var text: String {
    let bound = "\(name) \(isUpper ? "<=" : ">=") \(value)"
    return column.unit == .fraction ? bound : "\(bound) \(column.unit.rawValue)"
  }

  /// How far a row is beyond the bound, as a part of it; `nil` if it keeps it. A figure that wasn't measured breaks it.
  func violation(_ row: GoldenRow) -> (bound: ChoiceBound, value: Double, excess: Double)? {
    guard let value = row[column.name].number else { return (self, .nan, .infinity) }
    let excess = (isUpper ? value - self.value : self.value - value) / max(abs(self.value), .leastNormalMagnitude)
    return excess > 0 ? (self, value, excess) : nil
  }

  /// Whether the figure's interval, if it has one, reaches over the bound.
  func isCrossed(by row: GoldenRow) -> Bool {
    let unit = column.unit == .seconds ? "_s" : column.unit == .perSecond ? "_per_s" : ""
    let stem = column.name.hasSuffix(unit) ? String(column.name.dropLast(unit.count)) : column.name
    guard let edge = row["\(stem)_\(isUpper ? "upper" : "lower")\(unit)"].number else { return false }
    return isUpper ? edge > value : edge < value
  }
}
