// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Foundation
internal import Galley
public import Platform
internal import Tensors

extension AdaptedModel {
  /// Gives the vectors of items of one data set, and keeps them in a safetensors file of this run: `embeddings`
  /// [n, d], `float32`, and in its metadata the ids of the rows, `items`, the model with its version, and the run.
  ///
  /// All vectors of a run have one length: the configuration's `embeddings_size`, else that of most. Another length is
  /// that item's failure.
  /// - Returns: what became of each item, in the order of the ids.
  /// - Throws: `GalleyError` as ``predictItems(_:)`` does; nothing is kept of an interrupted run.
  public func embedItems(_ ids: [String]) async throws -> EmbeddingReport {
    let found = try store.items(ofIDs: ids)
    // Vectors may be of several data sets: nothing is swapped in.
    return try await embed(ids.map { Candidate($0, found[$0], found[$0]?.datasetID ?? "") })
  }

  /// Gives the vectors of the items of a data set that pass a filter, as ``embedItems(_:)`` does.
  /// - Parameter dataset: The data set's name or id; `nil` for the one that the model learns from.
  public func embedDataset(
    _ dataset: String? = nil, _ filters: Filters = Filters(.items)
  ) async throws -> EmbeddingReport {
    let dataset = try dataset ?? ownDataset()
    let items = try store.allItems(filters, in: dataset)
    return try await embed(items.map { Candidate($0.id, $0, $0.datasetID) })
  }

  private func embed(_ candidates: [Candidate]) async throws -> EmbeddingReport {
    guard let embedding = adapter as? any EmbeddingAdapter, adapter.functions.contains(.embed) else {
      throw lack(.embed)
    }
    let loaded = try await loadedModel()
    let name = settings.run ?? RunName.make("embed")
    let plan = RunPlan(candidates, input: adapter.card.inputType)
    let stated = try statedSize(loaded.model)
    var run = BatchRun(
      plan.items.map { AdapterItem($0, in: store) }, adapter: adapter, batchSize: try batchSize(loaded.model),
      settings: settings,
      bisection: bisection(.embed, "vectors") { batch in
        if let reasoned = embedding as? any ReasonedEmbedding {
          return try await reasoned.embeddings(batch).map { Self.answer($0, stated) }
        }
        return try await embedding.embed(batch).map { Self.answer(.value($0), stated) }
      }
    ) { _ in [:] }
    settings.onEvent?(.stage("embedding"))
    try await run.run()
    if run.ended != nil { unload() }
    var results = candidates.map { $0.result(.skipped(reason: "it was named twice")) as AdapterItemResult<[Float]> }
    for (position, outcome) in zip(plan.positions, run.outcomes) {
      if let outcome { results[position].outcome = outcome }
    }
    for (position, outcome) in plan.decided(as: [Float].self) { results[position].outcome = outcome }
    let size = Self.settle(&results, stated)
    let file = try keep(results, size, run: name, loaded.entity)
    return EmbeddingReport(
      run: name, modelID: loaded.entity.id, results: results, file: file, dimensions: size, ended: run.ended)
  }

  /// The length that the configuration demands.
  private func statedSize(_ model: AdapterModel) throws -> Int? {
    guard let value = model.configuration["embeddings_size"], value != .null else { return nil }
    guard case .int(let size) = value, size > 0 else {
      throw GalleyError(
        .configuration, "can't use the model '\(model.name)'", at: "configuration.embeddings_size",
        why: "'\(value)' is no length of a vector", remedy: "Set it with 'galley model update'.")
    }
    return size
  }

  private static func answer(_ answer: BatchAnswer<[Float]>, _ stated: Int?) -> BatchAnswer<[Float]> {
    guard case .value(let vector) = answer else { return answer }
    if vector.isEmpty { return .failed(AdapterFailure(.embed, "the adapter gave no vector for it")) }
    if let stated, vector.count != stated { return .failed(wrongLength(vector.count, stated)) }
    guard vector.allSatisfy(\.isFinite) else {
      return .failed(AdapterFailure(.embed, "its vector has numbers that aren't finite"))
    }
    return .value(vector)
  }

  private static func wrongLength(_ count: Int, _ expected: Int) -> AdapterFailure {
    AdapterFailure(.embed, "its vector has \(count) numbers, and \(expected) are expected")
  }

  /// Without a stated length that of most items holds, and among equals the first; all others fail.
  private static func settle(_ results: inout [AdapterItemResult<[Float]>], _ stated: Int?) -> Int {
    var counts: [Int: (items: Int, first: Int)] = [:]
    for (position, result) in results.enumerated() {
      guard let vector = result.value else { continue }
      counts[vector.count, default: (0, position)].items += 1
    }
    let most = counts.max { ($0.value.items, -$0.value.first) < ($1.value.items, -$1.value.first) }?.key
    guard let size = stated ?? most else { return 0 }
    for position in results.indices {
      guard let vector = results[position].value, vector.count != size else { continue }
      results[position].outcome = .failed(wrongLength(vector.count, size))
    }
    return counts.isEmpty ? 0 : size
  }

  private func keep(
    _ results: [AdapterItemResult<[Float]>], _ size: Int, run: String, _ model: PlatformModel
  ) throws -> String? {
    let rows = results.compactMap { result in result.value.map { (result.id, $0) } }
    guard !rows.isEmpty else { return nil }
    let path = store.place.embeddings(ofModel: model.id, run: run)
    let tensor = try Tensor(rows.flatMap(\.1), shape: [rows.count, size])
    let file = Safetensors(
      tensors: ["embeddings": tensor],
      metadata: [
        "format": "galley.embeddings/1", "model": model.id, "model.version": "\(model.version)", "run": run,
        "items": String(decoding: try JSONEncoder().encode(rows.map(\.0)), as: UTF8.self),
      ])
    let bytes = try file.serialized()
    do throws(FileError) {
      try AtomicFile.write(bytes, to: path)
    } catch {
      throw GalleyError(writing: error, "can't keep the vectors")
    }
    return path
  }
}

/// An embedding adapter that says of single items why they have no vector.
protocol ReasonedEmbedding: EmbeddingAdapter {
  /// For each item its vector, or why there is none.
  func embeddings(_ batch: AdapterBatch) async throws -> [BatchAnswer<[Float]>]
}
