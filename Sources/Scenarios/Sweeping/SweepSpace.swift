// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// What a sweep tries: values for some places of a recipe.
///
/// The file is YAML:
///
/// ```yaml
/// sweep: widths
/// recipe: recipe.yaml
/// method: random          # or grid: every combination
/// trials: 100             # for grid: the first so many; all if it isn't said
/// seed: 1
/// minutes: 60             # no trial begins later than this
/// space:
///   model.architecture.width: [4, 8, 16]
///   trainer.learningRate: {from: 0.001, to: 0.1, scale: log}
///   optimizer: [none, int8]
/// ```
public struct SweepSpace: Sendable, Hashable, Codable {
  /// How trials are chosen.
  public enum Method: String, Sendable, Hashable, Codable, CaseIterable {
    /// Every combination of the values, the last place changing fastest.
    case grid
    /// Drawn independently, each combination at most once.
    case random
  }

  /// A name for people and folders.
  public var name: String
  /// Path of the recipe.
  public var recipe: String
  /// How trials are chosen.
  public var method: Method
  /// Trials, at most; `nil` for a grid's every combination.
  public var trials: Int?
  /// Seed of what is drawn.
  public var seed: Int
  /// Time after which no further trial begins, in minutes.
  public var minutes: Double?
  /// The places, in the file's order.
  public var axes: [Axis]

  /// A place of the recipe and what is tried there.
  public struct Axis: Sendable, Hashable, Codable {
    /// Path or synonym in the recipe: `trainer.learningRate`.
    public var path: String
    /// What is tried.
    public var values: Values
  }

  /// What is tried at a place.
  public enum Values: Sendable, Hashable, Codable {
    /// One of these.
    case list([ConfigurationValue])
    /// A number between two, both included.
    case range(from: Double, to: Double, isLogarithmic: Bool, isWhole: Bool, count: Int?)
  }
}
