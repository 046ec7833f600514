// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Adapters
internal import ArgumentParser
internal import Galley
internal import Platform
internal import Reports

/// Trains a model with its adapter.
struct ModelTrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train the model with its adapter; what it saves are its new artifacts.",
    discussion: """
      Examples:
        galley model create net --dataset cats --subset 'train={"filter": {"dir": "/train"}}' \\
          --subset 'validation={"filter": {"dir": "/validation"}}'
        galley model train net --adapter adapter.py

      The items of the subsets train and validation are laid out in folders with their annotations, and are removed
      afterwards. The model is then 'trained', or 'failed' with the reason.
      """)

  @Argument(help: "The model's name or id.")
  var name: String

  @Option(help: "The data set: a name or an id (default: that of the model).")
  var dataset: String?

  @Flag(help: "Leave the folders with the prepared data.")
  var keepData = false

  @OptionGroup var adapter: AdapterOptions
  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  private struct Document: Encodable {
    var model: PlatformModel
    var items: [String: Int]
    var figures: [String: Double]
  }

  func run() async throws {
    let console = Console(options)
    let store = try platform.open(console)
    let report = try await adapter.withModel(name, in: store, AdapterSettings(keepsData: keepData), console) { model in
      try await model.trainModel(dataset)
    }
    try console.result(json: Document(model: report.model, items: report.items, figures: report.figures))
    let items = report.items.sorted { $0.key < $1.key }.map { "\($0.value) items of '\($0.key)'" }
    console.result(
      "The model '\(report.model.name)' is \(report.model.status.rawValue), version \(report.model.version): "
        + items.joined(separator: ", ") + ".")
    if !report.figures.isEmpty { console.result(FigureTable.text(report.figures)) }
  }
}

/// Holds a model's predictions of a test set against ground truth.
struct ModelEvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Predict a test set with the model's adapter, hold it against ground truth, and keep the figures.",
    discussion: """
      Examples:
        galley model evaluate net
        galley model evaluate net --dataset cats --where "folder == '/test'"

      Without a filter the model's subset 'test' is meant. 'galley model metrics' shows the figures and writes the scores
      of each annotation.
      """)

  @Argument(help: "The model's name or id.")
  var name: String

  @Option(help: "The data set: a name or an id (default: that of the model).")
  var dataset: String?

  @OptionGroup var filter: PlatformFilterOptions

  @Flag(help: "Take what this version of the model predicted before.")
  var keepPredictions = false

  @Option(help: "The smallest likeness (intersection over union) of a pair.")
  var iou = 0.5

  @OptionGroup var batches: BatchOptions
  @OptionGroup var staging: PredictionRunOptions
  @OptionGroup var adapter: AdapterOptions
  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  mutating func validate() throws {
    guard (0...1).contains(iou) else { throw ValidationError("--iou must be from 0 to 1.") }
  }

  private struct Document: Encodable {
    var model: String
    var dataset: String
    var run: String?
    var figures: [String: Double]
    var counts: ResultCounts?
    var leftOut: Int
  }

  func run() async throws {
    let console = Console(options)
    let filters = filter.isEmpty ? nil : try filter.read(.items)
    let store = try platform.open(console)
    let report = try await adapter.withModel(name, in: store, batches.settings(run: staging.run), console) { model in
      try await model.evaluateModel(dataset, filters, predicts: !keepPredictions, threshold: iou)
    }
    let counts = report.predictions?.counts
    try console.result(
      json: Document(
        model: report.evaluation.modelID, dataset: report.evaluation.datasetID, run: report.predictions?.run,
        figures: report.figures, counts: counts, leftOut: report.leftOut))
    console.result(FigureTable.text(report.figures))
    if report.leftOut > 0 { console.note("\(report.leftOut) items have no prediction and are left out.") }
    try console.end(counts ?? ResultCounts(), report.predictions?.ended)
  }
}

/// Figures by name, for people.
enum FigureTable {
  static func text(_ figures: [String: Double]) -> String {
    TextTable(
      columns: [.init("figure"), .init("value", .trailing)],
      rows: figures.sorted { $0.key < $1.key }.map { [$0.key, NumberText.significant($0.value, digits: 4)] }
    ).render()
  }
}
