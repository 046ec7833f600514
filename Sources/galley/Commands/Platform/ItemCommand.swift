// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Platform
internal import Reports

/// Items of the platform's data sets.
struct ItemCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "item",
    abstract: "Items of a data set in the store: add, list by filter, change, remove.",
    discussion: """
      Examples:
        galley item create cats a.jpg b.jpg --folder /new
        galley item list cats --where "annotation.label == 'cat' && annotation.confidence >= 0.5"
        galley item list cats --filter '{"filter": {"$and": [{"dir": "/new"}]}, "sort": {"name": "ascending"}}'
        galley item delete cats --where "folder == '/old/**'"

      An item is named by its id, or by its path in a data set.
      """,
    subcommands: [
      ItemCreateCommand.self, ItemListCommand.self, ItemShowCommand.self, ItemUpdateCommand.self,
      ItemDeleteCommand.self, ItemExportCommand.self,
    ])
}

/// Adds items.
struct ItemCreateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Add files to a data set.",
    discussion: "Exit codes: 0 all of them · 2 some could not be added, and are named.")

  @Argument(help: "The data set's name or id.")
  var dataset: String

  @Argument(help: "The files.", completion: .file())
  var files: [String]

  @Option(help: "The folder in the data set that takes them.")
  var folder = "/"

  @Option(help: "What else is known of them: a JSON object or a file with one.")
  var metadata: ObjectArgument?

  @Flag(help: "Give items of the same path the new bytes; their annotations stay.")
  var replace = false

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  private struct Document: Encodable {
    var file: String
    var outcome: ItemOutcome
  }

  func run() async throws {
    let console = Console(options)
    let metadata = try metadata?.read("--metadata") ?? .empty
    let store = try platform.open(console)
    let drafts = files.map { file in
      ItemDraft(
        path: "\(folder)/\(file.split(separator: "/").last.map(String.init) ?? file)", content: .file(file),
        metadata: metadata)
    }
    let outcomes = try store.addItems(drafts, to: dataset, replacing: replace)
    let documents = zip(files, outcomes).map { Document(file: $0, outcome: $1) }
    try console.result(json: documents)
    for document in documents { console.result("\(document.file): \(Self.text(document.outcome))") }
    if outcomes.contains(where: { $0.id == nil }) { throw SilentExit(code: .partial) }
  }

  private static func text(_ outcome: ItemOutcome) -> String {
    switch outcome {
    case .added(let id): "added as \(id)"
    case .replaced(let id): "\(id) has the new bytes"
    case .kept(let id): "\(id) has other bytes and stays; --replace gives it these"
    case .unchanged(let id): "\(id) has these bytes already"
    case .failed(let reason): "failed: \(reason)"
    }
  }
}

/// Lists items.
struct ItemListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the items that pass a filter.")

  @Argument(help: "The data set's name or id; without one, all items of the store are meant.")
  var dataset: String?

  @OptionGroup var list: PlatformListOptions
  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let filters = try list.read(.items)
    let page = try platform.open(console).items(filters, in: dataset)
    try console.show(page, "items") { items in
      TextTable(
        columns: [.init("id"), .init("path"), .init("type"), .init("size", .trailing), .init("pixels")],
        rows: items.map {
          [$0.id, $0.path, $0.mediaType, ByteCount($0.byteCount).description, $0.size?.description ?? ""]
        }
      ).render()
    }
  }
}

/// One item.
struct ItemArgument: ParsableArguments {
  @Argument(help: "Its id, or its path in the data set of --dataset.")
  var item: String

  @Option(help: "The data set's name or id, for a path.")
  var dataset: String?

  func read(_ store: PlatformStore) throws(GalleyError) -> PlatformItem { try store.item(item, in: dataset) }
}

/// Shows an item.
struct ItemShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show an item with its ground truth and its predictions.")

  @OptionGroup var argument: ItemArgument
  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  private struct Document: Encodable {
    var item: PlatformItem
    var file: String
    var annotations: [PlatformAnnotation]
    var predictions: [PlatformAnnotation]
  }

  func run() async throws {
    let console = Console(options)
    let store = try platform.open(console)
    let item = try argument.read(store)
    let document = Document(
      item: item, file: store.path(of: item), annotations: try store.annotations(ofItem: item.id),
      predictions: try store.predictions(ofItem: item.id))
    try console.show(
      document,
      [
        ("id", item.id), ("path", item.path), ("data set", item.datasetID), ("type", item.mediaType),
        ("size", "\(ByteCount(item.byteCount)) (\(item.byteCount) bytes)"), ("pixels", item.size?.description),
        ("digest", item.digest), ("file", document.file), ("hidden", item.isHidden ? "yes" : nil),
        ("metadata", item.metadata.isEmpty ? nil : item.metadata.text),
        ("created", Moment(item.created).description), ("updated", Moment(item.updated).description),
        ("annotations", "\(document.annotations.count)"), ("predictions", "\(document.predictions.count)"),
      ])
    let all = document.annotations + document.predictions
    if !all.isEmpty { console.result("\n" + AnnotationTables.render(all)) }
  }
}

/// Changes an item.
struct ItemUpdateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update", abstract: "Change an item's path, visibility or metadata.")

  @OptionGroup var argument: ItemArgument

  @Option(help: "Its new path in the data set.")
  var path: String?

  @Flag(inversion: .prefixedNo, help: "Leave it out of lists that don't ask for hidden items.")
  var hidden: Bool?

  @Option(help: "What else is known: a JSON object or a file with one.")
  var metadata: ObjectArgument?

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let metadata = try metadata?.read("--metadata")
    let store = try platform.open(console)
    let item = try store.updateItem(argument.read(store).id, path: path, isHidden: hidden, metadata: metadata)
    try console.result(json: item)
    console.result("\(item.id) is \(item.path)\(item.isHidden ? ", hidden" : "").")
  }
}

/// Removes items.
struct ItemDeleteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Remove items with their annotations: those named, or those that pass a filter.")

  @Argument(help: "The data set's name or id.")
  var dataset: String

  @Argument(help: "Ids or paths.")
  var items: [String] = []

  @OptionGroup var filter: PlatformFilterOptions
  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  mutating func validate() throws {
    guard items.isEmpty != filter.isEmpty else { throw ValidationError("Name items, or give --where or --filter.") }
  }

  func run() async throws {
    let console = Console(options)
    let filters = try filter.read(.items)
    let store = try platform.open(console)
    let ids =
      items.isEmpty
      ? try store.allItems(filters, in: dataset).map(\.id) : try items.map { try store.item($0, in: dataset).id }
    let count = try store.deleteItems(ids)
    try console.result(json: ["deleted": count])
    console.result("\(count) items are gone.")
  }
}

/// Writes an item's bytes.
struct ItemExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "export", abstract: "Write an item's bytes to a file.")

  @OptionGroup var argument: ItemArgument

  @Option(name: .shortAndLong, help: "The file.", completion: .file())
  var output: String

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let store = try platform.open(console)
    let item = try argument.read(store)
    try PlatformFiles.write(try store.bytes(of: item), to: output)
    try console.result(json: ["file": output, "digest": item.digest])
    console.result("\(item.path) is in \(output).")
  }
}
