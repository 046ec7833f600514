// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Statistics

/// Which rows trade an accuracy against other metrics best: LEIP's `query_pareto_optimal_recipes`, and bounds.
public struct ChoiceRequest: Sendable, Hashable {
  /// The rows to choose from.
  public var condition: GoldenCondition
  /// The accuracy, under the name that was used.
  public var accuracy: String
  /// What it is traded against, under the names that were used; the first is LEIP's `metric_custom`.
  public var metrics: [String]
  /// How rows are chosen and sorted, and how many; the baseline is named by `baselineID`.
  public var query: ParetoQuery
  /// First digits of the row beside which "x times faster" is said; `nil` for the worst valid row.
  public var baselineID: String?
  /// Differences that don't matter, by metric: relative for times, sizes, energies and rates.
  public var tolerances: [String: Double]
  /// Whether accuracies are divided by the best on the same data and averaged over data sets.
  public var isRelative: Bool
  /// Whether rows of one family weigh together as much as one row.
  public var weighsFamilies: Bool
  /// What every chosen row has to keep.
  public var bounds: [ChoiceBound]

  /// LEIP's defaults: exact, against `od_inf_rate_ms`, the fastest first.
  public init(
    condition: GoldenCondition = .all, accuracy: String = "accuracy", metrics: [String] = ["od_inf_rate_ms"],
    query: ParetoQuery = ParetoQuery(), baselineID: String? = nil, tolerances: [String: Double] = [:],
    isRelative: Bool = false, weighsFamilies: Bool = false, bounds: [ChoiceBound] = []
  ) {
    self.condition = condition
    self.accuracy = accuracy
    self.metrics = metrics
    self.query = query
    self.baselineID = baselineID
    self.tolerances = tolerances
    self.isRelative = isRelative
    self.weighsFamilies = weighsFamilies
    self.bounds = bounds
  }
}
