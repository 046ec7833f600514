// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Datasets
internal import Foundation
internal import Galley

/// Writes a data set in another format.
struct DataConvertCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a data set in another format, and say what that can't express.",
    discussion: """
      Examples:
        galley data convert photos.zip --to yolo -o yolo
        galley data convert coco --to voc -o cars --filter "'car' in labels and width >= 640"
        galley data convert shapes:count=400,size=48 --to image-folders -o shapes

      A data set with errors is not converted; look at them with: galley data check. Data sets that lie in no file, such
      as shapes, defects and those of registered workers, are written by name, with options after a colon.
      """)

  @OptionGroup var argument: DatasetArgument

  @Option(name: .long, help: "The new format: coco, voc, yolo, darknet, image-folders, csv or npz.")
  var to: FormatName

  @Option(name: .shortAndLong, help: "A new folder.", completion: .directory)
  var output: String

  @Option(name: .long, help: "Only items that fulfil this condition.")
  var filter: String?

  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let filter = try filter.map { try ItemFilter($0) }
    var dataset = try await source(console)
    if let filter { dataset = try filter.apply(to: dataset) }
    let losses = try DatasetWriter.write(dataset, as: to.format, to: output)
    try console.result(json: ConvertDocument(output: output, items: dataset.items.count, losses: losses))
    let lines = losses.map { "  \($0)" }
    console.result(
      (["\(dataset.items.count) items are in \(output) (\(to.format.title))."]
        + (lines.isEmpty ? [] : ["Lost:"] + lines))
        .joined(separator: "\n"))
  }

  private func source(_ console: Console) async throws -> AnnotatedDataset {
    if argument.format == nil, !argument.masks, let made = try await MadeDataset.named(argument.path) { return made }
    return try await argument.read(console).complete()
  }
}

private struct ConvertDocument: Encodable {
  var output: String
  var items: Int
  var losses: [DatasetLoss]
}
