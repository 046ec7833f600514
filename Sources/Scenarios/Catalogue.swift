// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// The ingredients that a program offers: those that the program itself builds, by role, and the cards of those that
/// a worker builds.
public struct Catalogue: Sendable {
  /// Sources of labelled items.
  public var datasets: Registry<any Dataset>
  /// Steps that turn a model file into a smaller or faster one.
  public var optimizers: Registry<any ModelOptimizer>
  /// Ingredients that are built elsewhere: architectures, trainers, runtimes, splits, exports, measurements.
  public var others: [Card]

  /// Creates a catalogue.
  public init(datasets: Registry<any Dataset>, optimizers: Registry<any ModelOptimizer>, others: [Card]) {
    self.datasets = datasets
    self.optimizers = optimizers
    self.others = others
  }

  /// All cards.
  public var cards: [Card] { datasets.entries.map(\.card) + optimizers.entries.map(\.card) + others }
}
