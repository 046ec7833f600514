// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Divides the items of a data set into subsets.
public protocol ItemSplit: Ingredient {
  /// Which item belongs where.
  /// - Parameters:
  ///   - items: the items; subsets that the data set states are kept by splits that draw, which add what is lacking.
  ///   - seed: of all that is drawn.
  ///   - folder: where relative paths in the options start.
  /// - Throws: `GalleyError` if a subset would get nothing, or what the options say doesn't fit the items.
  func split(_ items: DescribedItems, seed: UInt64, relativeTo folder: String) throws -> DatasetSplit
  /// What becomes of items with the same bytes in two subsets.
  var duplicates: SplitDuplicates { get }
}

/// What becomes of items with the same bytes in two subsets.
public enum SplitDuplicates: String, Codable, Sendable, CaseIterable {
  /// They are an error: what is trained on would be tested on.
  case refused
  /// They are a declared exception.
  case allowed

  /// The option of a split's card.
  static let option = OptionDeclaration(
    "duplicates", .choice(allCases.map { Choice($0.rawValue) }), default: .string(refused.rawValue),
    help: "Whether items with the same bytes in two subsets are an error, or a declared exception.")
}

extension ItemSplit {
  /// The items of each subset, checked: none is empty, none shares an item or an item's bytes with another.
  /// - Throws: `GalleyError` as ``split(_:seed:relativeTo:)``, or if the subsets are not what training and measuring need.
  public func subsets(
    of items: DescribedItems, seed: UInt64, relativeTo folder: String
  ) throws -> (split: DatasetSplit, items: [Subset: LabeledItems]) {
    let split = try split(items, seed: seed, relativeTo: folder)
    let positions = Dictionary(uniqueKeysWithValues: items.items.ids.enumerated().map { ($1, $0) })
    var subsets: [Subset: LabeledItems] = [:]
    for subset in Subset.allCases {
      let ids = split.subsets[subset] ?? []
      guard !ids.isEmpty else {
        throw GalleyError(
          .badData, "can't split the data", at: "split", why: "no item is for \(subset.rawValue)",
          remedy: "Training, choosing and reporting need items of their own; see Documentation/datasets.md.")
      }
      let places = try ids.map { id throws(GalleyError) in
        guard let place = positions[id] else {
          throw GalleyError(
            .badData, "can't split the data", at: id,
            why: "the split names this item, but the data set doesn't have it",
            remedy: "The split was made for other data; split again.")
        }
        return place
      }
      subsets[subset] = try items.items.selecting(places)
    }
    if duplicates == .refused { try split.checkBytes(items.items.ids, items.digests) }
    return (split, subsets)
  }
}
