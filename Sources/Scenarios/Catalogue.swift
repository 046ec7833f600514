// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Datasets
public import Galley

/// The ingredients that a program offers: those that the program itself builds, by role, and the cards of those that
/// a worker builds.
public struct Catalogue: Sendable {
  /// Sources of labelled items.
  public var datasets: Registry<any Dataset>
  /// Ways to divide items into subsets.
  public var splits: Registry<any ItemSplit>
  /// Steps that turn a model file into a smaller or faster one.
  public var optimizers: Registry<any ModelOptimizer>
  /// Ingredients that are built elsewhere: architectures, trainers, runtimes, exports, measurements.
  public var others: [Card]

  /// Creates a catalogue.
  public init(
    datasets: Registry<any Dataset>, splits: Registry<any ItemSplit>, optimizers: Registry<any ModelOptimizer>,
    others: [Card]
  ) {
    self.datasets = datasets
    self.splits = splits
    self.optimizers = optimizers
    self.others = others
  }

  /// All cards.
  public var cards: [Card] {
    datasets.entries.map(\.card) + splits.entries.map(\.card) + optimizers.entries.map(\.card) + others
  }
}
