// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley

/// Which items belong to which subset.
public struct DatasetSplit: Sendable, Hashable, Codable {
  /// The ids of each subset's items, sorted byte by byte.
  public let subsets: [Subset: [String]]

  /// Creates a split from ids.
  /// - Throws: `GalleyError` if an id is in two subsets, or twice in one.
  public init(_ subsets: [Subset: [String]]) throws(GalleyError) {
    self.subsets = subsets.mapValues { $0.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
    var owner: [String: Subset] = [:]
    for subset in Subset.allCases {
      for id in self.subsets[subset] ?? [] {
        if let other = owner.updateValue(subset, forKey: id) {
          throw GalleyError(
            .badData, "can't split the data", at: id,
            why: other == subset
              ? "the item is in \(subset.rawValue) twice"
              : "the item is in \(other.rawValue) and in \(subset.rawValue)",
            remedy: "Give each item to one subset: what is trained on must not be tested on.")
        }
      }
    }
  }

  /// The digest of the split: of a line with subset and id for each item. Equal splits have equal digests, whatever
  /// made them.
  public var digest: Digest {
    var text = ""
    for subset in Subset.allCases {
      for id in subsets[subset] ?? [] { text += "\(subset.rawValue)\t\(id)\n" }
    }
    return Digest(of: text)
  }

  /// The data set with each item's subset set; items of no subset are left out.
  /// - Throws: `GalleyError` if the split names an item that the data set doesn't have.
  public func apply(to dataset: AnnotatedDataset) throws(GalleyError) -> AnnotatedDataset {
    var owner: [String: Subset] = [:]
    for (subset, ids) in subsets { for id in ids { owner[id] = subset } }
    var result = dataset
    result.items = dataset.items.compactMap { item in
      guard let subset = owner.removeValue(forKey: item.id) else { return nil }
      var item = item
      item.subset = subset.rawValue
      return item
    }
    if let missing = owner.keys.min() {
      throw GalleyError(
        .badData, "can't split the data", at: missing,
        why: "the split names this item, but the data set doesn't have it",
        remedy: "The split was made for other data; split again.")
    }
    return result
  }

  /// The split that the data set's own subsets make.
  /// - Throws: `GalleyError` if a subset's name is none of training, validation or test.
  public init(stated dataset: AnnotatedDataset) throws(GalleyError) {
    var subsets: [Subset: [String]] = [:]
    for item in dataset.items {
      guard let name = item.subset else { continue }
      guard let subset = Subset(foreignName: name) else {
        throw GalleyError(
          .badData, "can't split the data", at: item.id,
          why: "the subset '\(name)' is not for training, validation or test")
      }
      subsets[subset, default: []].append(item.id)
    }
    try self.init(subsets)
  }
}
