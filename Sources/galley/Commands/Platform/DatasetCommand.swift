// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Platform
internal import Reports

/// Data sets of the platform's store.
struct DatasetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset",
    abstract: "Data sets in the store: create, list, change, import, export. (Files on disk: galley data.)",
    discussion: """
      Examples:
        galley dataset import photos.zip --into cats         any format that 'galley data' reads
        galley dataset import download --into cats --format dataloop
        galley dataset split cats --train 0.8 --validation 0.1 --test 0.1
        galley dataset list
        galley dataset export cats --to coco -o coco --where "annotation.label == 'cat'"

      A data set is named by its name, by PROJECT/NAME, or by its id. The store lies in 'platform' of GALLEY_HOME.
      """,
    subcommands: [
      DatasetCreateCommand.self, DatasetListCommand.self, DatasetShowCommand.self, DatasetUpdateCommand.self,
      DatasetDeleteCommand.self, DatasetSplitCommand.self, DatasetImportCommand.self, DatasetExportCommand.self,
      DatasetVerifyCommand.self,
    ])
}

/// A data set with how much it holds.
private struct DatasetDocument: Encodable {
  var dataset: PlatformDataset
  var counts: DatasetCounts

  var lines: [(String, String?)] {
    [
      ("id", dataset.id), ("name", dataset.name), ("project", dataset.projectID), ("items", "\(counts.items)"),
      ("annotations", "\(counts.annotations)"), ("predictions", "\(counts.predictions)"),
      ("labels", dataset.labels.isEmpty ? nil : dataset.labels.map(\.name).joined(separator: ", ")),
      ("metadata", dataset.metadata.isEmpty ? nil : dataset.metadata.text),
      ("created", Moment(dataset.created).description), ("updated", Moment(dataset.updated).description),
    ]
  }

  init(_ dataset: PlatformDataset, _ store: PlatformStore) throws {
    self.dataset = dataset
    counts = try store.counts(ofDataset: dataset.id)
  }
}

/// Creates a data set.
struct DatasetCreateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "create", abstract: "Create an empty data set.")

  @Argument(help: "Its name.")
  var name: String

  @Option(help: "Its project, which is created if there is none of that name.")
  var project = PlatformStore.defaultProject

  @Option(name: .customLong("label"), help: "A label that its annotations may have; repeatable.")
  var labels: [String] = []

  @Option(help: "What else is known: a JSON object or a file with one.")
  var metadata: ObjectArgument?

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let metadata = try metadata?.read("--metadata") ?? .empty
    let store = try platform.open(console)
    let dataset = try store.createDataset(
      name, in: project, labels: labels.map { DatasetClass($0) }, metadata: metadata)
    try console.result(json: dataset)
    console.result("The data set '\(name)' is \(dataset.id).")
  }
}

/// Lists data sets.
struct DatasetListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the data sets.")

  @OptionGroup var list: PlatformListOptions
  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let filters = try list.read(.datasets)
    let store = try platform.open(console)
    let page = try store.datasets(filters)
    let projects = Dictionary(try store.projects().map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
    let counts = try page.entries.map { try store.counts(ofDataset: $0.id) }
    try console.show(page, "data sets") { datasets in
      TextTable(
        columns: [
          .init("id"), .init("project"), .init("name"), .init("items", .trailing), .init("annotations", .trailing),
          .init("predictions", .trailing),
        ],
        rows: zip(datasets, counts).map { dataset, counts in
          [
            dataset.id, projects[dataset.projectID] ?? "", dataset.name, "\(counts.items)", "\(counts.annotations)",
            "\(counts.predictions)",
          ]
        }
      ).render()
    }
  }
}

/// Shows a data set.
struct DatasetShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a data set.")

  @Argument(help: "Its name or id.")
  var name: String

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let store = try platform.open(console)
    let document = try DatasetDocument(store.dataset(name), store)
    try console.show(document, document.lines)
  }
}

/// Changes a data set.
struct DatasetUpdateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update", abstract: "Change a data set's name, labels or metadata.")

  @Argument(help: "Its name or id.")
  var name: String

  @Option(name: .customLong("name"), help: "Its new name.")
  var newName: String?

  @Option(name: .customLong("label"), help: "A label; repeatable. They take the place of all former ones.")
  var labels: [String] = []

  @Option(help: "What else is known: a JSON object or a file with one.")
  var metadata: ObjectArgument?

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let metadata = try metadata?.read("--metadata")
    let store = try platform.open(console)
    let dataset = try store.updateDataset(
      name, newName: newName, labels: labels.isEmpty ? nil : labels.map { DatasetClass($0) }, metadata: metadata)
    let document = try DatasetDocument(dataset, store)
    try console.show(document, document.lines)
  }
}

/// Removes a data set.
struct DatasetDeleteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Remove a data set with its items, annotations and predictions.")

  @Argument(help: "Its name or id.")
  var name: String

  @Flag(help: "Remove it even if it has items.")
  var force = false

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let store = try platform.open(console)
    let document = try DatasetDocument(store.dataset(name), store)
    guard force || document.counts.items == 0 else {
      throw GalleyError(
        .usage, "can't delete the data set '\(name)'",
        why: "it has \(document.counts.items) items and \(document.counts.annotations) annotations",
        remedy: "Add --force to remove them too.")
    }
    try store.deleteDataset(document.dataset.id)
    try console.result(json: document)
    console.result("The data set '\(document.dataset.name)' is gone, with \(document.counts.items) items.")
  }
}

/// Proves the store.
struct DatasetVerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Prove that the store is sound, and remove files that nothing uses.")

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  private struct Document: Encodable {
    var missing: [String]
    var removedFiles: Int
    var removedBytes: Int
  }

  func run() async throws {
    let console = Console(options)
    let store = try platform.open(console)
    let missing = try store.check()
    let removed = try store.removeUnusedFiles()
    try console.result(json: Document(missing: missing, removedFiles: removed.files, removedBytes: removed.bytes))
    for digest in missing { console.result("missing: \(digest)") }
    console.result(
      "The database is sound, \(missing.count) files are missing; "
        + "\(removed.files) files (\(ByteCount(removed.bytes))) that nothing used were removed.")
    if !missing.isEmpty { throw SilentExit(code: .verdictNo) }
  }
}
