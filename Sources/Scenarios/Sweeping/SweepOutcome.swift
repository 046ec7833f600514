// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Statistics

/// What a sweep gave: for a program as JSON, for a person as a table.
public struct SweepOutcome: Sendable, Encodable {
  /// What became of one trial.
  public struct Trial: Sendable, Hashable, Codable {
    /// The trial's name.
    public var name: String
    /// The values that were tried.
    public var settings: [String: ConfigurationValue]
    /// Whether it was measured.
    public var isMeasured: Bool
    /// Why it wasn't.
    public var reason: String?
    /// How long it took, in seconds.
    public var seconds: Double
    /// The measured variants: one, or one for each variant of the recipe.
    public var variants: [Figures]
  }

  /// The figures of a variant that was measured.
  public struct Figures: Sendable, Hashable, Codable {
    /// The variant's name.
    public var name: String
    /// SHA-256 of its complete recipe.
    public var recipeDigest: String
    /// Id of its row in the golden volume.
    public var row: String
    /// Part of the validation items that the trained network answered rightly, by which choices are made.
    public var validationAccuracy: Double?
    /// Part of the test items answered rightly.
    public var accuracy: Double?
    /// Its 95 % interval.
    public var accuracyInterval: Interval?
    /// Median latency in seconds.
    public var medianLatency: Double
    /// Its 95 % interval, in seconds.
    public var latencyInterval: Interval
    /// Size of the model's file in bytes.
    public var modelBytes: Int
  }

  /// The sweep's name.
  public var name: String
  /// The folder with the ledger and the trials' reports.
  public var folder: String
  /// The golden volume that has the rows; `nil` if none was written.
  public var volume: String?
  /// The trials that have ended, in their order.
  public var trials: [Trial]
  /// Trials that were not begun, because time ran out.
  public var remaining: Int

  /// Trials that couldn't be measured.
  public var failedCount: Int { trials.count { !$0.isMeasured } }

  private enum CodingKeys: String, CodingKey { case name, folder, volume, trials, remaining }
}
