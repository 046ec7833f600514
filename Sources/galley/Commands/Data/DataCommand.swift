// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Datasets
internal import Foundation
internal import Galley

/// Checks, converts and splits data sets.
struct DataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Check, convert and split data sets.",
    discussion: """
      Examples:
        galley data check photos.zip                   what is wrong with it, where, and what can be done
        galley data check voc --fix corrected          and a corrected copy
        galley data convert voc --to coco -o coco      another format, and what it can't say
        galley data split coco -o split.json --group-by video

      A data set is a folder, a zip or tar archive, or the file that describes it.
      """,
    subcommands: [
      DataCheckCommand.self, DataShowCommand.self, DataConvertCommand.self, DataSplitCommand.self,
    ])
}

/// The data set that a command is about.
struct DatasetArgument: ParsableArguments {
  @Argument(help: "A folder, an archive, or the file that describes the data set.", completion: .file())
  var path: String

  @Option(
    name: .long,
    help: "The format, if it shall not be recognised: \(FormatName.allValueStrings.joined(separator: ", ")).")
  var format: FormatName?

  /// Reads the data set, and says what it was taken for.
  func read(_ console: Console) throws -> ReadDataset {
    let read = try DatasetReader.read(path, as: format?.format)
    console.note("\(path): \(read.format.title)")
    return read
  }
}

/// A format as people type it.
struct FormatName: ExpressibleByArgument {
  let format: DatasetFormat

  init?(argument: String) {
    guard let format = DatasetFormat(rawValue: argument) else { return nil }
    self.format = format
  }

  static let allValueStrings = DatasetFormat.allCases.map(\.rawValue)
}
