// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The best *set* of rows to take along, rather than the best rows one by one: the one that covers most of the
/// hypervolume of the front, on the scales of the metrics (natural logarithms of ratios).
public struct ParetoMenu: Sendable, Hashable {
  /// The chosen rows, by the first metric from best to worst.
  public let rows: [Int]
  /// The rows of the whole front, in the same order; rows that are equal in every metric are represented by the first.
  public let front: [Int]
  /// The hypervolume that the chosen rows cover, against the worst valid value of each metric.
  public let hypervolume: Double
  /// The hypervolume that the whole front covers.
  public let frontHypervolume: Double
  /// The largest amount that somebody loses who wanted a row of the front and gets the nearest chosen one instead: the
  /// worst metric's difference on its scale (0.05 in a time is about 5 %, 0.01 in an accuracy a point).
  public let regret: Double
  /// The row of the front that loses most, `nil` if nothing is lost.
  public let regrettedRow: Int?
  /// Whether no other set of this size that keeps the extremes covers more: true in two metrics, where the choice is
  /// exact. In more it is greedy, which covers at least 1 − 1/e of what the best choice adds.
  public let isOptimal: Bool

  /// The share of the front's hypervolume that is lost, 0...1.
  public var lostShare: Double { frontHypervolume > 0 ? max(0, 1 - hypervolume / frontHypervolume) : 0 }
}

extension ParetoMenu {
  /// Chooses `count` rows of the front, or all of it if it has no more. From two rows on, the best row of each metric is
  /// among them as far as the count allows.
  /// - Parameter rows: the positions to choose among, `nil` for all.
  public init(of metrics: [ParetoMetric], count: Int, rows: [Int]? = nil) throws(ParetoRefusal) {
    self = try MenuChoice(metrics, rows: rows, count: count).menu()
  }
}
