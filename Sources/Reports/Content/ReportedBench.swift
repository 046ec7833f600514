// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What only a bench has: how far outputs lie from the original's, throughput, and what can't run.
public struct ReportedBench: Sendable, Hashable, Codable {
  /// One variant's figures.
  public struct Row: Sendable, Hashable, Codable {
    /// The variant's name.
    public var variant: String
    /// Finished samples per second with as many inferences in flight as the runtime likes.
    public var samplesPerSecond: Double?
    /// Inferences in flight.
    public var sessions: Int?
    /// Largest absolute difference from the original's outputs; `nil` for the original.
    public var worstDifference: Double?
    /// The same, divided by the range of the original's output.
    public var worstShare: Double?
    /// Mean absolute difference.
    public var meanDifference: Double?
    /// The output in which the largest difference is, or why nothing was compared.
    public var remark: String

    /// Creates a row.
    public init(
      variant: String, samplesPerSecond: Double?, sessions: Int?, worstDifference: Double?, worstShare: Double?,
      meanDifference: Double?, remark: String
    ) {
      self.variant = variant
      self.samplesPerSecond = samplesPerSecond
      self.sessions = sessions
      self.worstDifference = worstDifference
      self.worstShare = worstShare
      self.meanDifference = meanDifference
      self.remark = remark
    }
  }

  /// Something that could not be measured.
  public struct Refusal: Sendable, Hashable, Codable {
    /// What.
    public var what: String
    /// Why.
    public var reason: String

    /// Creates a record.
    public init(what: String, reason: String) {
      self.what = what
      self.reason = reason
    }
  }

  /// A row for each variant.
  public var rows: [Row]
  /// What can't run or failed.
  public var refused: [Refusal]
  /// What was chosen or assumed.
  public var notes: [String]

  /// Creates a record.
  public init(rows: [Row], refused: [Refusal], notes: [String]) {
    self.rows = rows
    self.refused = refused
    self.notes = notes
  }
}
