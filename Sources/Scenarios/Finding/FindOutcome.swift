// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a search found: for a program as JSON, for a person as tables.
public struct FindOutcome: Sendable, Encodable {
  /// A way of using an architecture, as far as it was looked at.
  public struct Entry: Sendable, Hashable, Codable {
    /// The architecture with its options.
    public var architecture: String
    /// The optimizer and the runtime.
    public var use: String
    /// Figures with drawn weights, before anything was trained; `nil` if it couldn't be measured.
    public var untrained: SweepOutcome.Figures?
    /// Why it wasn't trained or measured; `nil` if it was.
    public var reason: String?
    /// The epochs of its last training.
    public var epochs: Int?
    /// Figures after its last training.
    public var trained: SweepOutcome.Figures?
    /// Whether it keeps all bounds.
    public var isFeasible: Bool
    /// Whether an interval reaches over a bound that the figure itself keeps.
    public var isClose: Bool
  }

  /// The one to take: of those that keep the bounds, the best on the validation items; `nil` if there is none.
  public var best: Entry?
  /// Everything that was looked at.
  public var entries: [Entry]
  /// If none keeps the bounds: those that break them least, with the bound and how far they are beyond it.
  public var nearest: [NearMiss]
  /// Minutes that it took.
  public var minutes: Double
  /// Whether time ran out before every promising model was trained to the end.
  public var ranOutOfTime: Bool
  /// The golden volume with a row for each trained variant; `nil` if none was written.
  public var volume: String?
  /// The folder with the trials' recipes and reports.
  public var folder: String

  /// What breaks a bound.
  public struct NearMiss: Sendable, Hashable, Encodable {
    public var architecture: String
    public var use: String
    /// The bound in the user's terms.
    public var bound: String
    /// The value, in the column's unit.
    public var value: Double
    /// How far it is beyond the bound, as a part of the bound.
    public var excess: Double
  }
}
