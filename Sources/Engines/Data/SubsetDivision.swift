// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Files
internal import Galley

/// Which item belongs to which subset, and why.
struct SubsetDivision {
  let split: DatasetSplit
  /// Whether anything was drawn, and how, in a clause.
  let reason: String
  let warnings: [String]

  /// Uses the subsets that a file or the data set states, and draws what the data set lacks.
  /// - Throws: `GalleyError` if items are too few, subsets share an item's bytes, or what is stated says nothing.
  init(
    _ dataset: AnnotatedDataset, _ digests: [String: Digest], _ options: DataOptions, _ path: String
  ) throws(GalleyError) {
    if let file = options.split {
      split = try Self.written(file, options)
      if options.duplicates == .refused { try Self.checkBytes(split, digests, path) }
      let rest = dataset.items.count - split.subsets.values.reduce(0) { $0 + $1.count }
      reason = "the file \(file) says it"
      warnings = rest > 0 ? ["\(rest) items are in no subset of \(file), and are left out."] : []
      return
    }
    let isStated = options.subsets == .stated && dataset.items.contains { $0.subset != nil }
    let parts = try SubsetParts(train: options.trainPart, validation: options.validationPart, test: options.testPart)
    let group = try options.groupBy.map { name throws(GalleyError) in
      try ItemGroup(name, of: dataset, at: "--group-by \(name)")
    }
    let drawing = Drawing(digests, group, options)
    guard isStated else {
      split = try drawing.split(dataset, parts, path)
      reason =
        (options.subsets == .ignored ? "stated subsets are ignored; " : "the data set states no subsets; ")
        + "drawn by the seed \(options.splitSeed), \(options.groupBy.map { "groups by \($0)" } ?? "each class") in the "
        + "parts \(options.trainPart), \(options.validationPart) and \(options.testPart)"
      warnings = [drawing.warning(dataset)].compactMap { $0 }
      return
    }
    let own = try StatedSubsets(dataset)
    try group?.checkStated(dataset)
    if options.duplicates == .refused { try Self.checkBytes(DatasetSplit(own.subsets), digests, path) }
    let lacking = [Subset.validation, .test].filter { own.subsets[$0] == nil }
    let list = Subset.allCases.filter { own.subsets[$0] != nil }.map(\.rawValue).joined(separator: ", ")
    warnings = []
    guard own.subsets[.train] != nil, !lacking.isEmpty else {
      split = try DatasetSplit(own.subsets)
      reason = "the data set states \(list)"
      return
    }
    do {
      split = try own.completed(parts) { try drawing.split($0, $1, path) }
    } catch {
      throw error as? GalleyError ?? GalleyError(.software, "can't split the data", at: path, why: "\(error)")
    }
    reason =
      "the data set states \(list); \(lacking.map(\.rawValue).joined(separator: " and ")) "
      + "is drawn from its training items by the seed \(options.splitSeed)"
  }

  /// The split that a file says; nothing else may then be said of subsets.
  private static func written(_ file: String, _ options: DataOptions) throws(GalleyError) -> DatasetSplit {
    guard options.groupBy == nil, options.subsets == .stated else {
      throw GalleyError(
        .usage, "can't split the data", at: "--split \(file)", why: "the file says which item is in which subset",
        remedy: "Leave out \(options.groupBy == nil ? "--subsets ignored" : "--group-by"), or --split.")
    }
    do throws(GalleyError) {
      return try SplitDocument(contentsOf: file).split
    } catch {
      throw GalleyError(
        error.exitCode, error.what, at: file, why: error.why, remedy: "Write it: galley data split DATASET -o \(file).")
    }
  }

  static func checkBytes(
    _ split: DatasetSplit, _ digests: [String: Digest], _ path: String
  ) throws(GalleyError) {
    let known = digests.sorted { $0.key < $1.key }
    let shared = split.sharedBytes(known.map(\.key), known.map(\.value))
    guard let first = shared.first else { return }
    throw GalleyError(
      .badData, "can't use the data set", at: path,
      why: "\(first)" + (shared.count > 1 ? ", and so have \(shared.count - 1) more pairs" : "")
        + ": what is trained on must not be tested on",
      remedy: "Remove one of each (galley data check \(path) lists them), or declare the exception: "
        + "--duplicates allowed.")
  }
}

/// Draws subsets; items of a group, or else those with the same bytes, stay together.
private struct Drawing {
  let digests: [String: Digest]
  let group: ItemGroup?
  let seed: Int
  let refusesDuplicates: Bool

  init(_ digests: [String: Digest], _ group: ItemGroup?, _ options: DataOptions) {
    (self.digests, self.group, seed) = (digests, group, options.splitSeed)
    refusesDuplicates = options.duplicates == .refused
  }

  /// - Throws: `GalleyError` if a class has fewer different items than there are subsets, or there are fewer groups, or
  ///   items of two groups have the same bytes.
  func split(_ dataset: AnnotatedDataset, _ parts: SubsetParts, _ path: String) throws(GalleyError) -> DatasetSplit {
    if let group {
      let drawn = try DatasetSplit.grouped(dataset, parts: parts, seed: UInt64(seed), by: group.name)
      if refusesDuplicates { try SubsetDivision.checkBytes(drawn, digests, path) }
      return drawn
    }
    var followers: [String: [String]] = [:]
    var firsts: [Digest: String] = [:]
    for id in dataset.items.map(\.id).sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      if let digest = digests[id], let first = firsts[digest] {
        followers[first, default: []].append(id)
      } else {
        if let digest = digests[id] { firsts[digest] = id }
        followers[id] = []
      }
    }
    let different = dataset.selecting { followers[$0.id] != nil }
    try check(different, parts, path)
    let drawn = try DatasetSplit.random(different, parts: parts, seed: UInt64(seed))
    return try DatasetSplit(drawn.subsets.mapValues { ids in ids.flatMap { [$0] + (followers[$0] ?? []) } })
  }

  func warning(_ dataset: AnnotatedDataset) -> String? {
    guard group == nil else { return nil }
    let known = dataset.items.compactMap { digests[$0.id] }
    let repeated = known.count - Set(known).count
    return repeated == 0
      ? nil : "\(repeated) items have the same bytes as others; they are kept in the same subset as those."
  }

  private func check(_ dataset: AnnotatedDataset, _ parts: SubsetParts, _ path: String) throws(GalleyError) {
    let needed = [parts.train, parts.validation, parts.test].count { $0 > 0 }
    var counts: [Int: Int] = [:]
    for item in dataset.items { for label in item.labels { counts[label, default: 0] += 1 } }
    let few = dataset.labels.enumerated().filter { (1..<needed).contains(counts[$0.offset] ?? 0) }
    guard dataset.items.count >= needed, few.isEmpty else {
      let which = few.prefix(5).map { "'\($0.element)' has \(counts[$0.offset] ?? 0)" }.joined(separator: ", ")
      throw GalleyError(
        .badData, "can't split the data", at: path,
        why: few.isEmpty
          ? "it has \(dataset.items.count) different items, and \(needed) subsets need at least one each"
          : "each of \(needed) subsets needs an item of each class: \(which)\(few.count > 5 ? ", …" : "")",
        remedy: "Add items, or state the subsets: folders named train, validation and test.")
    }
  }
}
