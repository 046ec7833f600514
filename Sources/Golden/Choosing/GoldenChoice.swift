// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Statistics

/// What a choice between rows came to.
public struct GoldenChoice: Sendable {
  /// A row that takes part.
  public struct Candidate: Sendable, Hashable {
    /// Its id.
    public let id: String
    /// The variant's name.
    public let name: String
    /// Values of the accuracy and the metrics, in the columns' units.
    public let values: [Double]
    /// The 95 % interval of a relative accuracy; `nil` for others.
    public let interval: Interval?
  }

  /// A row that can't be compared.
  public struct Excluded: Sendable, Hashable, Encodable {
    /// Its id.
    public let id: String
    /// The variant's name.
    public let name: String
    /// Why.
    public let reason: String
  }

  /// A row that breaks a bound.
  public struct NearMiss: Sendable, Hashable {
    /// The row.
    public let candidate: Candidate
    /// What it breaks, the worst first, with its value and how far that is beyond the bound, in the column's unit.
    public let broken: [(bound: ChoiceBound, value: Double, excess: Double)]

    public static func == (left: Self, right: Self) -> Bool { left.candidate == right.candidate }

    public func hash(into hasher: inout Hasher) { hasher.combine(candidate) }
  }

  /// What was asked.
  public let request: ChoiceRequest
  /// The rows that were looked at; positions in `answer` are positions here.
  public let candidates: [Candidate]
  /// The answer.
  public let answer: ParetoAnswer
  /// The rows that can't be compared, with reasons.
  public let excluded: [Excluded]
  /// The rows that keep all bounds; `nil` without bounds.
  public let feasible: Int?
  /// If none keeps all bounds: those that break them least.
  public let nearest: [NearMiss]
  /// What the rows have in common, by column in words.
  public let common: [(name: String, value: String)]
  /// What the reader should know, one sentence each.
  public let notes: [String]
  let metrics: [ParetoMetric]
  let feasibleRows: [Int]?
}

extension GoldenChoice {
  /// The best set of so many rows to take, rather than the best rows one by one.
  /// - Throws: `GalleyError` if there is nothing to choose from.
  public func menu(_ count: Int) throws(GalleyError) -> ParetoMenu {
    do throws(ParetoRefusal) {
      return try ParetoMenu(of: metrics, count: count, rows: feasibleRows)
    } catch {
      throw ChoiceMaker.refusal(error)
    }
  }

  /// The names under which the accuracy and the metrics were asked for.
  public var metricNames: [String] { metrics.map(\.name) }

  /// The columns of the accuracy and the metrics.
  public var metricColumns: [GoldenColumn] { metrics.compactMap { GoldenColumn.named($0.name)?.column } }
}

extension GoldenVolumes {
  /// Chooses between rows.
  /// - Throws: `GalleyError` if the rows can't be compared, naming what differs; if a column is no metric; if nothing is
  ///   left.
  public func choose(_ request: ChoiceRequest) throws(GalleyError) -> GoldenChoice {
    try ChoiceMaker(self, request).choice()
  }
}
