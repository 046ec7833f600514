// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Galley

/// The subsets that a data set states itself, and what a split that draws has to add.
package struct StatedSubsets {
  /// The items of each stated subset; empty if none is stated.
  package let subsets: [Subset: [String]]
  private let dataset: AnnotatedDataset

  /// - Throws: `GalleyError` if a subset's name says nothing, or only some items have one.
  package init(_ dataset: AnnotatedDataset) throws(GalleyError) {
    self.dataset = dataset
    subsets = try DatasetSplit(stated: dataset).subsets
    let count = subsets.values.reduce(0) { $0 + $1.count }
    if count > 0, count < dataset.items.count, let item = dataset.items.first(where: { $0.subset == nil }) {
      throw GalleyError(
        .badData, "can't split the data", at: item.id,
        why: "\(dataset.items.count - count) items have no subset, and the others have one",
        remedy: "Give each item a subset, or split all of them anew: data.subsets: ignored.")
    }
  }

  /// All subsets: the stated ones as they are, the others drawn from the training items; everything, if none is stated.
  /// - Parameter draw: divides items in these parts, which are those of the subsets to fill.
  /// - Throws: `GalleyError` if nothing is stated for training, or as `draw`.
  package func completed(
    _ parts: SubsetParts, _ draw: (AnnotatedDataset, SubsetParts) throws -> DatasetSplit
  ) throws -> DatasetSplit {
    guard !subsets.isEmpty else { return try draw(dataset, parts) }
    guard let training = subsets[.train] else {
      throw GalleyError(
        .badData, "can't split the data", at: "split",
        why: "the data set states \(subsets.keys.map(\.rawValue).sorted().joined(separator: " and ")), but no training "
          + "items",
        remedy: "Split all items anew: data.subsets: ignored.")
    }
    let lacking = [Subset.validation, .test].filter { subsets[$0] == nil && parts[$0] > 0 }
    guard !lacking.isEmpty else { return try DatasetSplit(subsets) }
    let whole = parts.train + lacking.reduce(0) { $0 + parts[$1] }
    let inner = try SubsetParts(
      train: parts.train / whole, validation: lacking.contains(.validation) ? parts.validation / whole : 0,
      test: lacking.contains(.test) ? parts.test / whole : 0)
    let ids = Set(training)
    let drawn = try draw(dataset.selecting { ids.contains($0.id) }, inner)
    return try DatasetSplit(subsets.merging(drawn.subsets) { _, drawn in drawn })
  }
}

extension SubsetParts {
  subscript(_ subset: Subset) -> Double {
    switch subset {
    case .train: train
    case .validation: validation
    case .test: test
    }
  }
}
