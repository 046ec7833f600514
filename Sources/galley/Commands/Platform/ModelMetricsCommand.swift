// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Metrics
internal import Platform
internal import Reports

/// Shows a model's figures, or makes them of its predictions.
struct ModelMetricsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "Show a model's figures; with --against, hold its predictions against ground truth and keep the result.",
    discussion: """
      Examples:
        galley model metrics net
        galley model metrics net --against cats --where "folder == '/test'" -o scores

      With -o, scores/<model id>.csv has a row for each annotation on either side, with the columns of Dataloop's
      .modelscores; items.csv, confusion.csv and precision-recall.json lie beside it.
      """)

  @Argument(help: "The model's name or id, or what imported predictions call it.")
  var name: String

  @Option(help: "A data set whose ground truth the predictions are held against.")
  var against: String?

  @OptionGroup var filter: PlatformFilterOptions

  @Option(help: "The smallest likeness (intersection over union) of a pair.")
  var iou = 0.5

  @Option(help: "Leave less sure predictions out of the pairs.")
  var confidence = 0.0

  @Option(name: .shortAndLong, help: "A folder for the scores.", completion: .directory)
  var output: String?

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  mutating func validate() throws {
    guard (0...1).contains(iou), (0...1).contains(confidence) else {
      throw ValidationError("--iou and --confidence must be from 0 to 1.")
    }
    guard against != nil || (filter.isEmpty && output == nil) else {
      throw ValidationError("--where, --filter and --output need --against.")
    }
  }

  private struct Kept: Encodable {
    var metrics: [ModelMetric]
    var plots: [PlotSample]
  }

  private struct Judged: Encodable {
    var metrics: [String: Double]
    var labels: [String]
    var confusion: [[Int]]
    var leftOut: [String: Int]
    var isKept: Bool
  }

  func run() async throws {
    let console = Console(options)
    let filters = try filter.read(.items)
    let store = try platform.open(console)
    guard let against else { return try show(store, console) }
    let id = try DatasetExportCommand.modelID(name, store)
    let evaluation = try store.evaluate(
      model: id, on: against, filters, threshold: iou, minimumConfidence: confidence)
    let isKept = (try? store.model(id)) != nil
    if isKept { try store.keep(evaluation) }
    if let output { try write(evaluation, to: output) }
    let confusion = evaluation.matching.confusion
    try console.result(
      json: Judged(
        metrics: evaluation.metrics, labels: confusion.labels, confusion: confusion.counts,
        leftOut: evaluation.leftOut, isKept: isKept))
    console.result(Self.table(evaluation.metrics.map { ($0.key, $0.value) }))
    console.result("\n" + Self.table(confusion.labels, confusion.counts))
    for (type, count) in evaluation.leftOut.sorted(by: { $0.key < $1.key }) {
      console.note("left out: \(count) annotations of type \(type), which can't be compared")
    }
    if !isKept { console.note("Not kept: the store has no model '\(name)', only predictions of it.") }
  }

  private func show(_ store: PlatformStore, _ console: Console) throws {
    let kept = Kept(metrics: try store.metrics(ofModel: name), plots: try store.samples(ofModel: name))
    try console.result(json: kept)
    guard !kept.metrics.isEmpty || !kept.plots.isEmpty else { return console.result("There are no figures yet.") }
    console.result(
      TextTable(
        columns: [.init("figure"), .init("value", .trailing), .init("version", .trailing), .init("data set")],
        rows: kept.metrics.map {
          [$0.name, NumberText.significant($0.value, digits: 4), "\($0.modelVersion)", $0.datasetID]
        }
      ).render())
    let lines = Dictionary(grouping: kept.plots) { "\($0.figure), \($0.legend)" }
    for (name, points) in lines.sorted(by: { $0.key < $1.key }) { console.note("plot \(name): \(points.count) points") }
  }

  private func write(_ evaluation: ModelEvaluation, to folder: String) throws {
    try PlatformFiles.write(Data(evaluation.annotationCSV.utf8), to: "\(folder)/\(evaluation.modelID.filtered).csv")
    try PlatformFiles.write(Data(evaluation.itemCSV.utf8), to: "\(folder)/items.csv")
    try PlatformFiles.write(Data(evaluation.confusionCSV.utf8), to: "\(folder)/confusion.csv")
    try PlatformFiles.write(
      try Console.encoded(evaluation.plots, pretty: true), to: "\(folder)/precision-recall.json")
  }

  private static func table(_ figures: [(String, Double)]) -> String {
    TextTable(
      columns: [.init("figure"), .init("value", .trailing)],
      rows: figures.sorted { $0.0 < $1.0 }.map { [$0.0, NumberText.significant($0.1, digits: 4)] }
    ).render()
  }

  /// True labels down, predicted ones across.
  private static func table(_ labels: [String], _ counts: [[Int]]) -> String {
    let names = labels + ["(background)"]
    return TextTable(
      columns: [.init("true \\ predicted")] + names.map { .init($0, .trailing) },
      rows: zip(names, counts).map { [$0] + $1.map { "\($0)" } }
    ).render()
  }
}

extension String {
  /// Fit for a file's name.
  fileprivate var filtered: String { String(map { $0 == "/" || $0 == "\0" ? "_" : $0 }) }
}
