// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Adapters
internal import Galley
internal import Platform
internal import Serving
internal import Workers

/// The jobs of a server, done by adapters that whoever started the server has named.
///
/// A model remembers its adapter as a path, and whoever may change models could write any path there; so nothing is run
/// that wasn't named at the start.
struct AdapterWork: ModelWork {
  var permitted: [WorkerSource]

  func perform(
    _ request: ModelWorkRequest, in store: PlatformStore, report: @escaping @Sendable (ModelWorkEvent) -> Void
  ) async throws -> JSONObject {
    let options = try WorkOptions(request.options)
    let model = try store.model(request.modelID)
    let hosted = HostedAdapter(source: try source(for: model))
    let stage = WorkStage()
    var settings = options.settings
    settings.onEvent = { event in stage.events(of: event).forEach(report) }
    return try await hosted.withModel(model, in: store, settings) { adapted in
      switch request.kind {
      case .train: try await train(adapted, request)
      case .predict: try await predict(adapted, request, report)
      case .evaluate: try await evaluate(adapted, request, options, report)
      case .embed: try await embed(adapted, request, report)
      }
    }
  }

  private func source(for model: PlatformModel) throws(GalleyError) -> WorkerSource {
    let remembered = model.adapterText
    if let known = permitted.first(where: { $0.program.argument == remembered }) { return known }
    if remembered == nil, permitted.count == 1, let only = permitted.first { return only }
    throw GalleyError(
      .configuration, "can't use the model '\(model.name)'",
      why: remembered.map { "its adapter '\($0)' wasn't named when the server was started" } ?? "it has no adapter yet",
      remedy: "Start the server with 'galley serve --adapter FILE'.")
  }

  private func train(_ model: AdaptedModel, _ request: ModelWorkRequest) async throws -> JSONObject {
    let report = try await model.trainModel(request.datasetID)
    return JSONObject([
      "status": .string(report.model.status.rawValue), "version": .int(report.model.version),
      "items": .map(report.items.mapValues { .int($0) }), "figures": .map(report.figures.mapValues { .float($0) }),
    ])
  }

  private func predict(
    _ model: AdaptedModel, _ request: ModelWorkRequest, _ report: @Sendable (ModelWorkEvent) -> Void
  ) async throws -> JSONObject {
    let predicted = try await model.predictDataset(request.datasetID, request.filters ?? Filters(.items))
    tell(predicted.results, report) { $0.count }
    if let ended = predicted.ended { throw ended }
    return JSONObject([
      "run": .string(predicted.run), "counts": predicted.counts.value,
      "predictions": .int(predicted.swap?.predictions ?? 0),
    ])
  }

  private func evaluate(
    _ model: AdaptedModel, _ request: ModelWorkRequest, _ options: WorkOptions,
    _ report: @Sendable (ModelWorkEvent) -> Void
  ) async throws -> JSONObject {
    let evaluated = try await model.evaluateModel(
      request.datasetID, request.filters, predicts: !options.keepPredictions, threshold: options.iou)
    if let predictions = evaluated.predictions {
      tell(predictions.results, report) { $0.count }
      if let ended = predictions.ended { throw ended }
    }
    return JSONObject([
      "figures": .map(evaluated.figures.mapValues { .float($0) }), "leftOut": .int(evaluated.leftOut),
    ])
  }

  private func embed(
    _ model: AdaptedModel, _ request: ModelWorkRequest, _ report: @Sendable (ModelWorkEvent) -> Void
  ) async throws -> JSONObject {
    let embedded = try await model.embedDataset(request.datasetID, request.filters ?? Filters(.items))
    tell(embedded.results, report) { $0.count }
    if let ended = embedded.ended { throw ended }
    return JSONObject([
      "run": .string(embedded.run), "counts": embedded.counts.value, "dimensions": .int(embedded.dimensions),
    ])
  }

  private func tell<Value>(
    _ results: [AdapterItemResult<Value>], _ report: (ModelWorkEvent) -> Void, _ count: (Value) -> Int
  ) {
    for result in results {
      let outcome: ModelWorkOutcome =
        switch result.outcome {
        case .ok(let value): .done(count: count(value))
        case .failed(let failure): .failed(stage: failure.stage.rawValue, reason: failure.reason)
        case .skipped(let reason): .skipped(reason: reason)
        }
      report(.item(id: result.id, outcome))
    }
  }
}

extension ResultCounts {
  fileprivate var value: ConfigurationValue {
    .map(["ok": .int(ok), "failed": .int(failed), "skipped": .int(skipped)])
  }
}
