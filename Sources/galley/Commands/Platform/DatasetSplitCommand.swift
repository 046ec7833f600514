// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Datasets
internal import Files
internal import Galley
internal import Platform

/// Divides the items of a data set in the store.
struct DatasetSplitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "split",
    abstract: "Divide a data set into train, validation and test: each item's metadata then says its subset.",
    discussion: """
      Examples:
        galley dataset split cats
        galley dataset split cats --train 0.8 --validation 0.1 --test 0.1 --group-by folder
        galley item list cats --where "metadata.subset == 'test'"

      Each class is divided in the same proportions, by seed. A model without subsets of its own learns from these.
      """)

  @Argument(help: "Its name or id.")
  var name: String

  @OptionGroup var split: SplitOptions
  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let store = try platform.open(console)
    let dataset = try store.annotatedDataset(name)
    // The items of a data set for files are called by their paths without the first slash.
    let items = Dictionary(
      try store.allItems(Filters(.items), in: name).map { (String($0.path.dropFirst()), $0) }
    ) { $1 }
    let split = try split.divide(dataset) {
      try dataset.items.map { item throws(GalleyError) in try Self.digest(of: item.id, items[item.id]) }
    }
    try store.setSubsets(split.subsets.mapValues { $0.compactMap { items[$0]?.id } })
    try console.result(json: SplitDocument(split))
    console.result("\(split.counts) (\(split.digest.short))")
  }

  private static func digest(of path: String, _ item: PlatformItem?) throws(GalleyError) -> Digest {
    guard let item else {
      throw GalleyError(
        .tryAgain, "can't divide the data set", at: path, why: "the item was removed meanwhile",
        remedy: "Divide it again.")
    }
    guard let known = Digest(hex: item.digest) else {
      throw GalleyError(.badData, "can't read the item's digest", at: path, why: "'\(item.digest)' is no SHA-256")
    }
    return known
  }
}
