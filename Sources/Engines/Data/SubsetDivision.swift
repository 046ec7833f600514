// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Files
internal import Galley

/// Which item belongs to which subset, and why.
struct SubsetDivision {
  let split: DatasetSplit
  /// Whether anything was drawn, and how, in a clause.
  let reason: String
  let wasDrawn: Bool
  var warnings: [String] = []

  private let dataset: AnnotatedDataset
  private let digests: [String: Digest]
  private let options: DataOptions

  /// Uses the subsets that the data set states, and draws what it lacks.
  /// - Throws: `GalleyError` if items are too few, subsets share an item's bytes, or what is stated says nothing.
  init(
    _ dataset: AnnotatedDataset, _ digests: [String: Digest], _ options: DataOptions, _ path: String
  ) throws(GalleyError) {
    (self.dataset, self.digests, self.options) = (dataset, digests, options)
    let stated = options.subsets == .stated && dataset.items.contains { $0.subset != nil }
    guard stated else {
      let parts = try SubsetParts(
        train: options.trainPart, validation: options.validationPart, test: options.testPart)
      let drawing = Drawing(digests, seed: options.splitSeed)
      split = try drawing.split(dataset, parts, path)
      wasDrawn = true
      reason =
        (options.subsets == .ignored ? "stated subsets are ignored; " : "the data set states no subsets; ")
        + "drawn by the seed \(options.splitSeed), each class in the parts "
        + "\(options.trainPart), \(options.validationPart) and \(options.testPart)"
      if let warning = drawing.warning(dataset) { warnings.append(warning) }
      return
    }
    let own = try Self.stated(dataset, path)
    if options.duplicates == .refused { try Self.checkBytes(own, digests, path) }
    let lacking = [Subset.validation, .test].filter { own.subsets[$0] == nil }
    guard let training = own.subsets[.train], !lacking.isEmpty else {
      (split, wasDrawn) = (own, false)
      reason = "the data set states \(Self.list(own))"
      return
    }
    let part = [Subset.validation: options.validationPart, .test: options.testPart]
    let whole = options.trainPart + lacking.reduce(0) { $0 + (part[$1] ?? 0) }
    let inner = try SubsetParts(
      train: options.trainPart / whole,
      validation: lacking.contains(.validation) ? options.validationPart / whole : 0,
      test: lacking.contains(.test) ? options.testPart / whole : 0)
    let ids = Set(training)
    let drawing = Drawing(digests, seed: options.splitSeed)
    let drawn = try drawing.split(dataset.selecting { ids.contains($0.id) }, inner, path)
    split = try DatasetSplit(own.subsets.merging(drawn.subsets) { $1 })
    wasDrawn = true
    reason =
      "the data set states \(Self.list(own)); \(lacking.map(\.rawValue).joined(separator: " and ")) "
      + "is drawn from its training items by the seed \(options.splitSeed)"
  }

  private static func list(_ split: DatasetSplit) -> String {
    Subset.allCases.filter { split.subsets[$0] != nil }.map(\.rawValue).joined(separator: ", ")
  }

  private static func stated(_ dataset: AnnotatedDataset, _ path: String) throws(GalleyError) -> DatasetSplit {
    let without = dataset.items.filter { $0.subset == nil }
    if let item = without.first {
      throw GalleyError(
        .badData, "can't split the data", at: "\(path): \(item.id)",
        why: "\(without.count) items have no subset, and the others have one",
        remedy: "Give each item a subset, or divide all of them anew: --subsets ignored.")
    }
    return try DatasetSplit(stated: dataset)
  }

  private static func checkBytes(
    _ split: DatasetSplit, _ digests: [String: Digest], _ path: String
  ) throws(GalleyError) {
    var owners: [Digest: (id: String, subset: Subset)] = [:]
    for subset in Subset.allCases {
      for id in split.subsets[subset] ?? [] {
        guard let digest = digests[id] else { continue }
        if let owner = owners[digest], owner.subset != subset {
          throw GalleyError(
            .badData, "can't use the data set", at: path,
            why: "'\(owner.id)' (\(owner.subset.rawValue)) and '\(id)' (\(subset.rawValue)) have the same bytes: what "
              + "is trained on must not be tested on",
            remedy: "Remove one of each (galley data check \(path) lists them), or declare the exception: "
              + "--duplicates allowed.")
        }
        owners[digest] = owners[digest] ?? (id, subset)
      }
    }
  }
}

/// Draws subsets; items with the same bytes stay together.
private struct Drawing {
  let digests: [String: Digest]
  let seed: Int

  init(_ digests: [String: Digest], seed: Int) { (self.digests, self.seed) = (digests, seed) }

  /// - Throws: `GalleyError` if a class has fewer different items than there are subsets.
  func split(_ dataset: AnnotatedDataset, _ parts: SubsetParts, _ path: String) throws(GalleyError) -> DatasetSplit {
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
