// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Datasets
internal import Files
internal import Galley

/// How items are divided into train, validation and test.
struct SplitOptions: ParsableArguments {
  @Option(name: .long, help: "Part for training.")
  var train = 0.6

  @Option(name: .long, help: "Part for choosing.")
  var validation = 0.2

  @Option(name: .long, help: "Part for the reported figures.")
  var test = 0.2

  @Option(name: .long, help: "Another seed, another split.")
  var seed: UInt64 = 1

  @Option(
    name: .long,
    help:
      "Keep items together: those of a 'folder', of a 'name' without the number at its end, or of one value of a metadata key."
  )
  var groupBy: String?

  @Flag(name: .long, help: "Accept items with the same bytes in two subsets.")
  var allowDuplicates = false

  /// Divides items.
  /// - Parameter digests: the digest of each item's bytes.
  func divide(_ dataset: AnnotatedDataset, digests: () throws -> [Digest]) throws -> DatasetSplit {
    let parts = try SubsetParts(train: train, validation: validation, test: test)
    let split =
      try groupBy.map { key in
        let group = try ItemGroup(key, of: dataset, at: "--group-by \(key)")
        return try DatasetSplit.grouped(dataset, parts: parts, seed: seed, by: group.name)
      } ?? .random(dataset, parts: parts, seed: seed)
    if !allowDuplicates { try split.checkBytes(dataset.items.map(\.id), digests()) }
    return split
  }
}

extension DatasetSplit {
  /// How many items each subset has, in words.
  var counts: String {
    Subset.allCases.map { "\($0.rawValue) \(subsets[$0]?.count ?? 0)" }.joined(separator: ", ")
  }
}
