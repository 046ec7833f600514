// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Adapters
internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Platform

/// Predicts items with a model's adapter.
struct ModelPredictCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Predict items with the model's adapter; what it says is kept as predictions.",
    discussion: """
      Examples:
        galley model predict net --adapter adapter.py --dataset cats --where "folder == '/new'"
        galley model predict net 6a8f0c1e2b3d4f5a6b7c8d9e --json

      Predictions take the place of the model's former ones for the same items, all at once at the end; ground truth is
      never touched. A failing item costs itself alone: the exit code is then 2.
      """)

  @Argument(help: "The model's name or id.")
  var name: String

  @OptionGroup var asked: AskedItems
  @OptionGroup var batches: BatchOptions
  @OptionGroup var staging: PredictionRunOptions
  @OptionGroup var adapter: AdapterOptions
  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  private struct Document: Encodable {
    var run: String
    var model: ModelOrigin
    var dataset: String
    var counts: ResultCounts
    var swap: WriteBack.Summary?
    var ended: String?
    var items: [ItemResultDocument]
  }

  func run() async throws {
    let console = Console(options)
    let filters = try asked.filter.read(.items)
    let store = try platform.open(console)
    let report = try await adapter.withModel(name, in: store, batches.settings(run: staging.run), console) { model in
      asked.items.isEmpty
        ? try await model.predictDataset(asked.dataset, filters) : try await model.predictItems(asked.items)
    }
    try console.result(
      json: Document(
        run: report.run, model: report.model, dataset: report.datasetID, counts: report.counts, swap: report.swap,
        ended: report.ended?.description, items: report.results.map { ItemResultDocument($0) }))
    let kept = report.swap.map { "; \($0.predictions) predictions are kept" } ?? ""
    console.result("\(report.counts.text)\(kept). Run: \(report.run)")
    try console.end(report.counts, report.ended)
  }
}

/// Gives the vectors of items.
struct ModelEmbedCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed", abstract: "Give the vectors of items with the model's adapter, as a safetensors file.",
    discussion: """
      Examples:
        galley model embed net --dataset cats -o vectors.safetensors

      The file holds 'embeddings' [items, numbers] and, in its metadata, the items' ids in the order of the rows.
      """)

  @Argument(help: "The model's name or id.")
  var name: String

  @OptionGroup var asked: AskedItems

  @Option(name: .shortAndLong, help: "Copy the file here.", completion: .file())
  var output: String?

  @Option(help: "The run, which names the file in the store; one of the same name is replaced (default: a new one).")
  var run: String?

  @OptionGroup var batches: BatchOptions
  @OptionGroup var adapter: AdapterOptions
  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  private struct Document: Encodable {
    var run: String
    var model: String
    var counts: ResultCounts
    var dimensions: Int
    var file: String?
    var ended: String?
    var items: [ItemResultDocument]
  }

  func run() async throws {
    let console = Console(options)
    let filters = try asked.filter.read(.items)
    let store = try platform.open(console)
    let report = try await adapter.withModel(name, in: store, batches.settings(run: run), console) { model in
      asked.items.isEmpty
        ? try await model.embedDataset(asked.dataset, filters) : try await model.embedItems(asked.items)
    }
    if let output, let file = report.file { try PlatformFiles.copy(file, to: output) }
    try console.result(
      json: Document(
        run: report.run, model: report.modelID, counts: report.counts, dimensions: report.dimensions,
        file: output ?? report.file, ended: report.ended?.description,
        items: report.results.map { ItemResultDocument($0) }))
    let place = (output ?? report.file).map { "; vectors of \(report.dimensions) numbers are in \($0)" } ?? ""
    console.result("\(report.counts.text)\(place). Run: \(report.run)")
    try console.end(report.counts, report.ended)
  }
}
