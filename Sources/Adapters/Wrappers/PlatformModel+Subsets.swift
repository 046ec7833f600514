// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Platform

extension PlatformModel {
  /// The items of a subset. A model that names no subset at all has those that the items' metadata say.
  /// - Throws: `GalleyError` if there is no such subset.
  func filters(of subset: Subset, in dataset: String, _ store: PlatformStore) throws(GalleyError) -> Filters {
    if let own = subsets[subset.rawValue] { return own }
    let stated = Filters.subset(subset)
    if subsets.isEmpty, try store.itemCount(stated, in: dataset) > 0 { return stated }
    throw GalleyError(
      .usage, "can't use the model '\(name)'", at: "subset \(subset.rawValue)",
      why: subsets.isEmpty
        ? "neither the model nor an item of the data set says what '\(subset.rawValue)' is"
        : "it has no subset '\(subset.rawValue)'",
      remedy: "Divide the data set with 'galley dataset split', or give the model filters with 'galley model update'.")
  }
}
