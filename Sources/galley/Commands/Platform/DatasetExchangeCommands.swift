// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Datasets
internal import Foundation
internal import Galley
internal import Platform

/// A format of data sets in files, Dataloop's among them.
enum ExchangeFormat: ExpressibleByArgument {
  case dataloop
  case files(DatasetFormat)

  init?(argument: String) {
    if argument == "dataloop" {
      self = .dataloop
    } else if let format = DatasetFormat(rawValue: argument) {
      self = .files(format)
    } else {
      return nil
    }
  }

  static let allValueStrings = ["dataloop"] + DatasetFormat.allCases.map(\.rawValue)
}

extension ImportReport {
  /// What was imported, for people.
  var summary: String {
    "\(itemsAdded) items are new, \(itemsKnown) were there; \(annotations) annotations and \(predictions) predictions "
      + "were imported, \(rejected.count) entries could not be."
  }

  /// Shows the report; what could not be imported makes the exit code 2.
  func show(_ console: Console) throws {
    try console.result(json: self)
    for entry in rejected { console.result("\(entry)") }
    console.result(summary)
    if !rejected.isEmpty { throw SilentExit(code: .partial) }
  }
}

/// Imports a data set.
struct DatasetImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import items and annotations from files.",
    discussion: """
      Examples:
        galley dataset import photos.zip --into cats
        galley dataset import annotations.json --format coco --into cats
        galley dataset import download --format dataloop --into cats     the folder of Dataloop's download

      Annotations that name a model, or how sure it was, become predictions; all others ground truth. Importing again
      doubles nothing. Exit codes: 0 all of it · 2 some entries could not be imported, and are named.
      """)

  @Argument(help: "A folder, an archive, the file that describes the data set, or an address with #sha256=.")
  var source: String

  @Option(help: "The data set that takes it, which is created if there is none of that name.")
  var into: String

  @Option(help: "The project of a new data set.")
  var project = PlatformStore.defaultProject

  @Option(
    help:
      "The format, if it shall not be recognised: \(ExchangeFormat.allValueStrings.joined(separator: ", ")).")
  var format: ExchangeFormat?

  @Flag(help: "Of items in Dataloop's documents, remove the former ground truth first.")
  var replace = false

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    var read: ReadDataset?
    switch format {
    case .dataloop: break
    case .files(let format): read = try await self.read(as: format, console)
    case nil: read = try await self.read(as: nil, console)
    }
    let store = try platform.open(console)
    do throws(GalleyError) {
      _ = try store.dataset(into)
    } catch {
      guard error.exitCode == .missingInput else { throw error }
      try store.createDataset(into, in: project)
    }
    guard let read else {
      return try store.importDataloop(source, into: into, replacing: replace).show(console)
    }
    let name = source.split(separator: "/").last.map(String.init) ?? source
    var report = try store.importDataset(read.dataset, into: into, source: name)
    report.add(read.findings)
    try report.show(console)
  }

  private func read(as format: DatasetFormat?, _ console: Console) async throws -> ReadDataset {
    let read = try DatasetReader.read(try await platform.place.local(source, console), as: format)
    console.note("\(source): \(read.format.title)")
    return read.readingMasks()
  }
}

extension ImportReport {
  /// What could not be read was not imported.
  fileprivate mutating func add(_ findings: [DatasetFinding]) {
    rejected += findings.filter { $0.severity == .error }.map { Rejected(place: $0.place, reason: $0.message) }
  }
}

/// Exports a data set.
struct DatasetExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write items and annotations into files, and say what the format can't express.",
    discussion: """
      Examples:
        galley dataset export cats --to coco -o coco
        galley dataset export cats --to dataloop -o download --where "folder == '/train/**'"
        galley dataset export cats --to coco -o guesses --predictions my-model

      Ground truth is written unless --predictions names a model; in Dataloop's format predictions name their model.
      """)

  @Argument(help: "The data set's name or id.")
  var name: String

  @Option(help: "The format: dataloop, coco, voc, yolo, darknet, image-folders, csv or npz.")
  var to: ExchangeFormat

  @Option(name: .shortAndLong, help: "A new folder.", completion: .directory)
  var output: String

  @Option(help: "Write what this model predicted (its name or id) in the place of ground truth.")
  var predictions: String?

  @OptionGroup var filter: PlatformFilterOptions
  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  private struct Document: Encodable {
    var output: String
    var items: Int
    var losses: [DatasetLoss]
  }

  func run() async throws {
    let console = Console(options)
    let filters = try filter.read(.items)
    let store = try platform.open(console)
    let model = try predictions.map { try Self.modelID($0, store) }
    let document: Document
    switch to {
    case .dataloop:
      let exported = model.map { ExportedAnnotations.predictions(model: $0) } ?? .truth
      let count = try store.exportDataloop(name, filters, exported, to: output)
      document = Document(output: output, items: count, losses: [])
    case .files(let format):
      let dataset = try store.annotatedDataset(name, filters, predictionsOf: model)
      let losses = try DatasetWriter.write(dataset, as: format, to: output)
      document = Document(output: output, items: dataset.items.count, losses: losses)
    }
    try console.result(json: document)
    let lines = document.losses.map { "  \($0)" }
    console.result(
      (["\(document.items) items are in \(output)."] + (lines.isEmpty ? [] : ["Lost:"] + lines)).joined(separator: "\n")
    )
  }

  /// The id of a model of the store, or what imported predictions call theirs.
  static func modelID(_ name: String, _ store: PlatformStore) throws(GalleyError) -> String {
    do throws(GalleyError) {
      return try store.model(name).id
    } catch {
      guard error.exitCode == .missingInput else { throw error }
      let found = try store.predictions(
        Filters(
          .predictions,
          .any([.test(field: "modelId", .equal, .string(name)), .test(field: "modelName", .equal, .string(name))]),
          pageSize: 1))
      guard case .model(let origin)? = found.entries.first?.origin else { throw error }
      return origin.id
    }
  }
}
