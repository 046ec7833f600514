// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Statistics

/// What a run gave: for a program as JSON, for a person as a table.
public struct RunOutcome: Sendable, Encodable {
  /// One variant.
  public struct Variant: Sendable, Encodable {
    /// Its name.
    public var name: String
    /// SHA-256 of its complete recipe.
    public var recipeDigest: String
    /// Id of its row in a golden volume.
    public var row: String
    /// The model's file in the pantry.
    public var model: String
    /// Its answers on the test items, in the pantry.
    public var predictions: String
    /// The ids of the items that ranges were observed on, in the pantry.
    public var calibration: String?
    /// Part of the validation items that the trained network answered rightly in its best epoch, by which choices are
    /// made; `nil` if nothing was trained.
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
    /// Whether no other variant is at once faster and more accurate.
    public var isOnFront: Bool
    /// What disturbed the measurement.
    public var marks: [String]
  }

  /// The run's id in the pantry.
  public var run: String
  /// The prepared data, in the pantry.
  public var data: String
  /// The variants, in the recipe's order.
  public var variants: [Variant]
  /// Stages that ran and stages whose results were taken from the pantry.
  public var stages: Stages
  /// The report's page.
  public var report: String
  /// The golden volume that the measurements are in; `nil` if none was wanted.
  public var volume: String?
  /// The variants as a table for the terminal.
  public var table: String

  /// How many stages ran.
  public struct Stages: Sendable, Encodable {
    /// Stages that ran.
    public var ran: Int
    /// Stages that an earlier run had finished.
    public var reused: Int
  }

  private enum CodingKeys: String, CodingKey { case run, data, variants, stages, report, volume }
}
