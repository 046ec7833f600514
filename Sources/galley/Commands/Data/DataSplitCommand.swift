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

  @Option(name: .long, help: "Keep items together that have the same value of this metadata, or 'folder'.")
  var groupBy: String?

  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let parts = try SubsetParts(train: train, validation: validation, test: test)
    let dataset = try argument.read(console).complete()
    let split = try divide(dataset, parts)
    let document = SplitDocument(
      digest: split.digest,
      subsets: Dictionary(uniqueKeysWithValues: split.subsets.map { ($0.key.rawValue, $0.value) }))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      try AtomicFile.write(encoder.encode(document), to: output)
    } catch let error as FileError {
      throw GalleyError(writing: error, "can't write the split")
    }
    try console.result(json: document)
    let counts = Subset.allCases.map { "\($0.rawValue) \(split.subsets[$0]?.count ?? 0)" }
    console.result("\(counts.joined(separator: ", ")) in \(output) (\(split.digest.short))")
  }

  private func divide(_ dataset: AnnotatedDataset, _ parts: SubsetParts) throws -> DatasetSplit {
    guard let groupBy else { return try .random(dataset, parts: parts, seed: seed) }
    if groupBy != "folder", !dataset.items.contains(where: { $0.metadata[groupBy] != nil }) {
      let known = Set(dataset.items.flatMap(\.metadata.keys)).sorted() + ["folder"]
      throw GalleyError(
        .usage, "can't split the data", at: "--group-by \(groupBy)", why: "no item has such metadata",
        remedy: "There is \(known.joined(separator: ", ")).")
    }
    return try .grouped(dataset, parts: parts, seed: seed) { item in
      groupBy == "folder"
        ? item.id.split(separator: "/").dropLast().joined(separator: "/") : item.metadata[groupBy]?.description
    }
  }
}

private struct SplitDocument: Encodable {
  var format = "galley.split/1"
  var digest: Digest
  var subsets: [String: [String]]
}
