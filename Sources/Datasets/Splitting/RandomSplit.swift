// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Statistics

extension DatasetSplit {
  /// Divides the items by seed. The order of the items doesn't matter: they are sorted by id first.
  /// - Parameter stratified: whether each class is divided in the same proportions; an item of several classes counts
  ///   for the rarest of them.
  /// - Throws: `GalleyError` if a subset would get nothing.
  public static func random(
    _ dataset: AnnotatedDataset, parts: SubsetParts, seed: UInt64, stratified: Bool = true
  ) throws(GalleyError) -> DatasetSplit {
    var generator = SeededGenerator(seed: seed)
    var subsets: [Subset: [String]] = [:]
    let strata = stratified ? strata(dataset) : [dataset.items.map(\.id)]
    var carried = [Double](repeating: 0, count: parts.wanted.count)
    for stratum in strata {
      let ids = generator.shuffled(stratum.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
      var rest = ids[...]
      for (index, count) in counts(ids.count, parts, &carried).enumerated() {
        subsets[parts.wanted[index].0, default: []] += rest.prefix(count)
        rest = rest.dropFirst(count)
      }
    }
    try checkFilled(subsets, parts)
    return try DatasetSplit(subsets)
  }

  /// Divides whole groups by seed, so that no group is in two subsets: the frames of one video, the images of one
  /// patient. Large groups are given first, each to the subset that lacks most of its part.
  /// - Parameter group: the group of an item; an item without one is a group of its own.
  /// - Throws: `GalleyError` if there are fewer groups than subsets.
  public static func grouped(
    _ dataset: AnnotatedDataset, parts: SubsetParts, seed: UInt64, by group: (DatasetItem) -> String?
  ) throws(GalleyError) -> DatasetSplit {
    var groups: [String: [String]] = [:]
    for item in dataset.items { groups[group(item).map { "g\($0)" } ?? "i\(item.id)", default: []].append(item.id) }
    var generator = SeededGenerator(seed: seed)
    let names = generator.shuffled(groups.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    // A stable sort keeps the shuffled order among groups of one size.
    let ordered = names.enumerated().sorted {
      let (left, right) = (groups[$0.element]?.count ?? 0, groups[$1.element]?.count ?? 0)
      return left == right ? $0.offset < $1.offset : left > right
    }.map(\.element)
    var subsets: [Subset: [String]] = [:]
    let wanted = parts.wanted.map { ($0.0, $0.1 * Double(dataset.items.count)) }
    for (index, name) in ordered.enumerated() {
      let empty = wanted.filter { subsets[$0.0] == nil }
      // The last groups go where there is nothing yet.
      let open = ordered.count - index <= empty.count ? empty : wanted
      let target = open.max { lack($0, subsets) < lack($1, subsets) }
      if let target { subsets[target.0, default: []] += groups[name] ?? [] }
    }
    guard ordered.count >= wanted.count else {
      throw GalleyError(
        .badData, "can't split the data", why: "there are \(ordered.count) groups for \(wanted.count) subsets",
        remedy: "Use more groups, or fewer subsets.")
    }
    try checkFilled(subsets, parts)
    return try DatasetSplit(subsets)
  }

  /// Which part of its size a subset lacks.
  private static func lack(_ wanted: (Subset, Double), _ subsets: [Subset: [String]]) -> Double {
    (wanted.1 - Double(subsets[wanted.0]?.count ?? 0)) / wanted.1
  }

  /// The items of each class, those without one last.
  private static func strata(_ dataset: AnnotatedDataset) -> [[String]] {
    var counts = [Int](repeating: 0, count: dataset.classes.count)
    for item in dataset.items { for label in item.labels where counts.indices.contains(label) { counts[label] += 1 } }
    var strata = [[String]](repeating: [], count: dataset.classes.count + 1)
    for item in dataset.items {
      let rarest = item.labels.filter(counts.indices.contains).min { (counts[$0], $0) < (counts[$1], $1) }
      strata[rarest ?? dataset.classes.count].append(item.id)
    }
    return strata.filter { !$0.isEmpty }
  }

  /// How many of `total` items go to each subset. What rounding takes from a subset is carried over to the next class,
  /// so that many small classes don't all lose it.
  private static func counts(_ total: Int, _ parts: SubsetParts, _ carried: inout [Double]) -> [Int] {
    let exact = parts.wanted.enumerated().map { $1.1 * Double(total) + carried[$0] }
    var counts = exact.map { max(0, Int($0.rounded(.down))) }
    while counts.reduce(0, +) > total, let index = counts.indices.max(by: { counts[$0] < counts[$1] }) {
      counts[index] -= 1
    }
    let order = exact.indices.sorted { exact[$0] - Double(counts[$0]) > exact[$1] - Double(counts[$1]) }
    var left = total - counts.reduce(0, +)
    for index in order where left > 0 {
      counts[index] += 1
      left -= 1
    }
    if left > 0 { counts[0] += left }
    for index in exact.indices { carried[index] = exact[index] - Double(counts[index]) }
    return counts
  }

  private static func checkFilled(_ subsets: [Subset: [String]], _ parts: SubsetParts) throws(GalleyError) {
    for (subset, _) in parts.wanted where subsets[subset]?.isEmpty != false {
      throw GalleyError(
        .badData, "can't split the data", why: "there are too few items for \(subset.rawValue)",
        remedy: "Use more items, or leave the subset out by giving it the part 0.")
    }
  }
}
