// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Datasets
internal import Foundation
internal import Galley
internal import Pantry
internal import Recipes

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

      A data set is a folder, a zip or tar archive, the file that describes it, or the address of an archive with
      its digest, https://host/set.zip#sha256=…, which is fetched into the pantry once.
      """,
    subcommands: [
      DataCheckCommand.self, DataShowCommand.self, DataConvertCommand.self, DataSplitCommand.self,
    ])
}

/// The data set that a command is about.
struct DatasetArgument: ParsableArguments {
  @Argument(
    help: "A folder, an archive, the file that describes the data set, or an address with #sha256= and the digest.",
    completion: .file())
  var path: String

  @Option(
    name: .long,
    help: "The format, if it shall not be recognised: \(FormatName.allValueStrings.joined(separator: ", ")).")
  var format: FormatName?

  @Flag(name: .long, help: "Read masks that lie in image files of their own: MVTec AD, Anomalib, Pascal VOC.")
  var masks = false

  @OptionGroup var place: PantryOptions

  /// Reads the data set, which is fetched first if it is on the network, and says what it was taken for.
  func read(_ console: Console) async throws -> ReadDataset {
    let read = try DatasetReader.read(try await place.local(path, console), as: format?.format)
    console.note("\(path): \(read.format.title)")
    return masks ? read.readingMasks() : read
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

extension PantryOptions {
  /// Where the bytes of a data set are on this machine: one on the network is fetched into the pantry first.
  /// - Throws: `GalleyError` if an address has no digest, or nobody gives the right bytes.
  func local(_ path: String, _ console: Console) async throws -> String {
    if let digest = ContentReference.digest(in: path) {
      let pantry = try open(console)
      if let found = pantry.path(ofContent: digest) { return found }
      throw GalleyError(
        .missingInput, "can't use the data set", at: path, why: "it is not in the pantry, \(pantry.root)",
        remedy: "Add it there with galley pantry add PATH, or import a bundle that brings it.")
    }
    let reference: WebReference?
    do throws(WebReference.Refusal) {
      reference = try WebReference(path)
    } catch {
      throw GalleyError(.usage, "can't use the data set", at: path, why: error.why, remedy: error.remedy)
    }
    guard let reference else { return path }
    let pantry = try open(console)
    let digest = try await ArtifactFetching(pantry, console).fetch(reference.requirement(.data))
    return pantry.path(of: digest)
  }
}
