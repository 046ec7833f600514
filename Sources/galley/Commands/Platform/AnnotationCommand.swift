// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Platform
internal import Reports

/// Annotations of items.
struct AnnotationCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "annotation",
    abstract: "What was said about items: ground truth to make and change, predictions to look at.",
    discussion: """
      Examples:
        galley annotation create /a.jpg --dataset cats --label cat --box 10,20,30,40 --by ada
        galley annotation list cats --where "label == 'cat' && confidence >= 0.5"
        galley annotation list cats --predictions --where "modelName == 'net'"
        galley annotation import a.json --dataset cats         Dataloop's annotation JSON
        galley annotation export /a.jpg --dataset cats

      Every annotation has an origin: a person, a model, or an import. Predictions are kept apart from ground truth, and
      come from models and imports only.
      """,
    subcommands: [
      AnnotationCreateCommand.self, AnnotationListCommand.self, AnnotationShowCommand.self,
      AnnotationUpdateCommand.self, AnnotationDeleteCommand.self, AnnotationImportCommand.self,
      AnnotationExportCommand.self,
    ])
}

/// Annotations as a terminal shows them.
enum AnnotationTables {
  static func render(_ annotations: [PlatformAnnotation]) -> String {
    TextTable(
      columns: [
        .init("id"), .init("item"), .init("type"), .init("label"), .init("confidence", .trailing), .init("where"),
        .init("by"),
      ],
      rows: annotations.map { annotation in
        [
          annotation.id, annotation.itemID, annotation.geometry.type, annotation.label,
          annotation.confidence.map { NumberText.significant($0) } ?? "",
          annotation.geometry.bounds?.description ?? "", by(annotation.origin),
        ]
      }
    ).render()
  }

  static func by(_ origin: AnnotationOrigin) -> String {
    switch origin {
    case .person(let name): name
    case .imported(let source): "import of \(source)"
    case .model(let model): "model \(model.name), version \(model.version)"
    }
  }
}

/// A geometry on the command line.
struct GeometryOptions: ParsableArguments {
  @Option(help: "An upright box: x,y,width,height in pixels.")
  var box: String?

  @Option(help: "A turned box: x and y of its centre, width, height, degrees clockwise.")
  var rotatedBox: String?

  @Option(help: "An outline: x,y,x,y,… in pixels.")
  var polygon: String?

  @Option(help: "A point: x,y in pixels.")
  var point: String?

  mutating func validate() throws {
    guard [box, rotatedBox, polygon, point].count(where: { $0 != nil }) <= 1 else {
      throw ValidationError("Give one of --box, --rotated-box, --polygon and --point.")
    }
  }

  /// The geometry; `nil` if none is given.
  func read() throws(GalleyError) -> AnnotationGeometry? {
    if let box {
      let n = try Self.numbers(box, "--box", 4...4)
      return .box(Box(x: n[0], y: n[1], width: n[2], height: n[3]))
    }
    if let rotatedBox {
      let n = try Self.numbers(rotatedBox, "--rotated-box", 5...5)
      return .rotatedBox(RotatedBox(center: PixelPoint(n[0], n[1]), width: n[2], height: n[3], angle: n[4]))
    }
    if let polygon {
      let n = try Self.numbers(polygon, "--polygon", 6...100_000)
      let points = stride(from: 0, to: n.count - 1, by: 2).map { PixelPoint(n[$0], n[$0 + 1]) }
      return .polygon(Outline(parts: [points]))
    }
    guard let point else { return nil }
    let n = try Self.numbers(point, "--point", 2...2)
    return .point(PixelPoint(n[0], n[1]))
  }

  private static func numbers(_ text: String, _ option: String, _ count: ClosedRange<Int>) throws(GalleyError)
    -> [Double]
  {
    let words = text.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = words.compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }.filter(\.isFinite)
    guard numbers.count == words.count, count.contains(numbers.count),
      count.count == 1 || numbers.count.isMultiple(of: 2)
    else {
      throw GalleyError(
        .usage, "can't use \(option)", at: text,
        why: count.count == 1
          ? "\(count.lowerBound) numbers were expected" : "an even number of numbers was expected, 6 or more",
        remedy: "Write them with commas between them, like \(option) 10,20,30,40.")
    }
    return numbers
  }
}

/// Makes ground truth.
struct AnnotationCreateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Say something about an item. Without a geometry the whole item is meant.")

  @OptionGroup var argument: ItemArgument

  @Option(help: "The label.")
  var label: String

  @Option(help: "Who says it: a name or an address.")
  var by: String

  @OptionGroup var geometry: GeometryOptions

  @Option(help: "What else is stated: a JSON object or a file with one.")
  var attributes: ObjectArgument?

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let (geometry, attributes) = (try geometry.read() ?? .whole, try attributes?.read("--attributes") ?? .empty)
    let store = try platform.open(console)
    let draft = AnnotationDraft(
      itemID: try argument.read(store).id, label: label, geometry: geometry, origin: .person(by),
      attributes: attributes)
    let ids = try store.addAnnotations([draft])
    try console.result(json: ids.first.map { try store.annotation($0) })
    console.result("The annotation is \(ids.first ?? "").")
  }
}

/// Lists annotations.
struct AnnotationListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the ground truth, or the predictions, that pass a filter.")

  @Argument(help: "The data set's name or id; without one, the whole store is meant.")
  var dataset: String?

  @Flag(help: "List predictions, not ground truth.")
  var predictions = false

  @OptionGroup var list: PlatformListOptions
  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let filters = try list.read(predictions ? .predictions : .annotations)
    let store = try platform.open(console)
    let page = predictions ? try store.predictions(filters, in: dataset) : try store.annotations(filters, in: dataset)
    try console.show(page, predictions ? "predictions" : "annotations", AnnotationTables.render)
  }
}

/// Shows ground truth.
struct AnnotationShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one annotation of ground truth.")

  @Argument(help: "Its id.")
  var id: String

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let annotation = try platform.open(console).annotation(id)
    try console.show(
      annotation,
      [
        ("id", annotation.id), ("item", annotation.itemID), ("type", annotation.geometry.type),
        ("label", annotation.label), ("where", annotation.geometry.bounds?.description),
        ("confidence", annotation.confidence.map { "\($0)" }), ("by", AnnotationTables.by(annotation.origin)),
        ("attributes", annotation.attributes.isEmpty ? nil : annotation.attributes.text),
        ("belongs to", annotation.parentID), ("created", Moment(annotation.created).description),
        ("updated", Moment(annotation.updated).description),
      ])
  }
}

/// Changes ground truth.
struct AnnotationUpdateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "update", abstract: "Change an annotation.")

  @Argument(help: "Its id.")
  var id: String

  @Option(help: "The new label.")
  var label: String?

  @OptionGroup var geometry: GeometryOptions

  @Option(help: "What else is stated: a JSON object or a file with one.")
  var attributes: ObjectArgument?

  @Option(help: "Who says it now.")
  var by: String?

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let (geometry, attributes) = (try geometry.read(), try attributes?.read("--attributes"))
    let annotation = try platform.open(console).updateAnnotation(
      id, label: label, geometry: geometry, attributes: attributes, origin: by.map { .person($0) })
    try console.result(json: annotation)
    console.result(AnnotationTables.render([annotation]))
  }
}

/// Removes ground truth.
struct AnnotationDeleteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Remove annotations of ground truth.")

  @Argument(help: "Their ids.")
  var ids: [String]

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let store = try platform.open(console)
    for id in ids { _ = try store.annotation(id) }
    let count = try store.deleteAnnotations(ids)
    try console.result(json: ["deleted": count])
    console.result("\(count) annotations are gone.")
  }
}

/// Imports Dataloop's JSON.
struct AnnotationImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Import Dataloop's annotation JSON for an item that is there.",
    discussion: """
      Fields that Galley has no word for are kept and written back by 'galley annotation export'. Annotations of an id
      that the item has are replaced. Exit codes: 0 all of it · 2 some annotations could not be imported, and are named.
      """)

  @Argument(
    help: "The document: an item with 'annotations', or a list of them.", completion: .file(extensions: ["json"]))
  var file: String

  @Option(help: "The data set's name or id.")
  var dataset: String

  @Option(help: "The item's id or path, if the document's 'filename' doesn't say it.")
  var item: String?

  @Flag(help: "Remove the item's former ground truth first.")
  var replace = false

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    try platform.open(console).importAnnotations(file, into: dataset, item: item, replacing: replace).show(console)
  }
}

/// Exports Dataloop's JSON.
struct AnnotationExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write an item's annotations as Dataloop's JSON.")

  @OptionGroup var argument: ItemArgument

  @Flag(help: "Write predictions too; each names its model.")
  var predictions = false

  @Option(name: .shortAndLong, help: "A file (default: standard output).", completion: .file(extensions: ["json"]))
  var output: String?

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let store = try platform.open(console)
    let item = try argument.read(store)
    let data = try store.dataloopDocument(of: item, predictions ? .everything : .truth)
    guard let output else { return console.write(String(decoding: data, as: UTF8.self) + "\n") }
    try PlatformFiles.write(data, to: output)
    try console.result(json: ["file": output])
    console.result("The annotations of \(item.path) are in \(output).")
  }
}
