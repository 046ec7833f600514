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

  @OptionGroup var split: SplitOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let dataset = try await argument.read(console).complete()
    let split = try split.divide(dataset) { try dataset.contentDigests() }
    let document = SplitDocument(split)
    try document.write(to: output)
    try console.result(json: document)
    console.result("\(split.counts) in \(output) (\(split.digest.short))")
  }
}
