// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Golden

/// What somebody wants found: the best model for some data that keeps bounds on this machine.
public struct FindRequest: Sendable {
  /// What fills the recipe's place `data`: an ingredient with its options.
  public var data: ConfigurationValue
  /// Where relative paths start.
  public var base: String
  /// What the model has to keep: `latency <= 10ms, size <= 1MB`.
  public var bounds: [ChoiceBound]
  /// Time after which nothing more is trained, in minutes.
  public var minutes: Double
  /// Passes over the training items in the last round.
  public var epochs: Int
  /// Architectures by name; empty for all of the catalogue that suit the data.
  public var architectures: [String]
  /// Optimizers by name, such as `none` and `int8`; empty for all.
  public var optimizers: [String]
  /// Runtimes by name; empty for all that are on this machine.
  public var runtimes: [String]
  /// Golden volumes that say which architectures were good on other data.
  public var volumes: [String]
  /// Seed of everything that is drawn.
  public var seed: Int

  /// Creates a request.
  public init(
    data: ConfigurationValue, base: String, bounds: [ChoiceBound] = [], minutes: Double = 30, epochs: Int = 30,
    architectures: [String] = [], optimizers: [String] = [], runtimes: [String] = [], volumes: [String] = [],
    seed: Int = 2026
  ) {
    self.data = data
    self.base = base
    self.bounds = bounds
    self.minutes = minutes
    self.epochs = epochs
    self.architectures = architectures
    self.optimizers = optimizers
    self.runtimes = runtimes
    self.volumes = volumes
    self.seed = seed
  }
}
