// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Platform

extension PlatformModel {
  /// The items of a subset. A model that names no subset at all has those that the items' metadata say.
  func filters(of subset: Subset) -> Filters? {
    subsets[subset.rawValue] ?? (subsets.isEmpty ? .subset(subset) : nil)
  }
}
