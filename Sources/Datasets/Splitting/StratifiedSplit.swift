// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Statistics

/// Divides items into train, validation and test, each class in the same proportions, by seed.
///
/// The order of the items in the file does not matter: they are sorted by id before they are shuffled.
public struct StratifiedSplit: ItemSplit {
  public typealias Options = DrawnSplitOptions

  public static let card = Card(
    taxonomy: "split.stratified", version: SemanticVersion(1, 1, 0),
    summary: "Divides items by seed, each class in the same proportions; subsets that the data states are kept.",
    options: DrawnSplitOptions.declarations(partsOf: "each class"))

  private let parts: SubsetParts
  public let duplicates: SplitDuplicates

  public init(_ options: Options) throws {
    parts = try options.parts
    duplicates = options.duplicates
  }

  public func split(_ items: DescribedItems, seed: UInt64, relativeTo folder: String) throws -> DatasetSplit {
    try StatedSubsets(items.dataset).completed(parts) { dataset, parts in
      guard parts == self.parts else {
        return try .random(dataset, parts: parts, seed: seed, stratified: true)
      }
      return try DatasetSplit(split(items.items, seed: seed).mapValues(\.ids))
    }
  }

  /// The items of each subset, in the order of their ids.
  /// - Throws: `GalleyError` if a class has too few items to appear in every subset.
  public func split(_ items: LabeledItems, seed: UInt64) throws -> [Subset: LabeledItems] {
    var positions: [Subset: [Int]] = [:]
    var generator = SeededGenerator(seed: seed)
    for (index, label) in items.labels.enumerated() {
      var members = items.classes.indices.filter { items.classes[$0] == index }
      members.sort { items.ids[$0] < items.ids[$1] }
      members = generator.shuffled(members)
      let counts = counts(of: members.count)
      guard counts.allSatisfy({ $0 > 0 }) else {
        throw GalleyError(
          .badData, "can't split the data", at: "class '\(label)'",
          why: "\(members.count) items are too few for train, validation and test",
          remedy: "Add items of this class, or leave the class out.")
      }
      positions[.train, default: []] += members[..<counts[0]]
      positions[.validation, default: []] += members[counts[0]..<counts[0] + counts[1]]
      positions[.test, default: []] += members[(counts[0] + counts[1])...]
    }
    return try positions.mapValues { try items.selecting($0.sorted { items.ids[$0] < items.ids[$1] }) }
  }

  /// How many of `total` items go to train, validation and test; test takes what rounding leaves.
  private func counts(of total: Int) -> [Int] {
    let train = Int((Double(total) * parts.train).rounded())
    let validation = Int((Double(total) * parts.validation).rounded())
    return [train, validation, total - train - validation]
  }
}
