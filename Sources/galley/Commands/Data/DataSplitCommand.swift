// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Datasets
internal import Files
internal import Foundation
internal import Galley

/// Divides a data set.
struct DataSplitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "split",
    abstract: "Divide a data set into train, validation and test, and write down which item is where.",
    discussion: """
      Examples:
        galley data split photos -o split.json                     by seed, each class in the same proportions
        galley data split photos -o split.json --group-by folder   all items of a folder in one subset
        galley data split photos -o split.json --group-by name     all frames clip7_0001.png … in one subset
        galley data split photos -o split.json --group-by video    by the items' metadata
      """)

  @OptionGroup var argument: DatasetArgument

  @Option(name: .shortAndLong, help: "The file for the ids of each subset, as JSON.", completion: .file())
  var output: String

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

  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let parts = try SubsetParts(train: train, validation: validation, test: test)
    let dataset = try await argument.read(console).complete()
    let split = try divide(dataset, parts)
    if !allowDuplicates {
      let digests = try dataset.contentDigests()
      try split.checkBytes(dataset.items.map(\.id), digests)
    }
    let document = SplitDocument(split)
    try document.write(to: output)
    try console.result(json: document)
    let counts = Subset.allCases.map { "\($0.rawValue) \(split.subsets[$0]?.count ?? 0)" }
    console.result("\(counts.joined(separator: ", ")) in \(output) (\(split.digest.short))")
  }

  private func divide(_ dataset: AnnotatedDataset, _ parts: SubsetParts) throws -> DatasetSplit {
    guard let groupBy else { return try .random(dataset, parts: parts, seed: seed) }
    let group = try ItemGroup(groupBy, of: dataset, at: "--group-by \(groupBy)")
    return try .grouped(dataset, parts: parts, seed: seed, by: group.name)
  }
}
