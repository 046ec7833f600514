// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
public import Platform

extension AdaptedModel {
  /// Predicts items of one data set, batch by batch, and puts what was predicted in the place of what the model had
  /// predicted for them before.
  ///
  /// A failing item costs itself and nothing else; it keeps its former predictions. What the adapter says is always the
  /// model's, in its version and this run: no prediction is ever ground truth.
  /// - Parameter ids: The items' ids.
  /// - Returns: what became of each, in the order of the ids.
  /// - Throws: `GalleyError` if nothing can be predicted at all: no such model, an adapter that can't load it, a store
  ///   that can't be written, a run that was begun for something else. If the calling task is cancelled, one with the
  ///   exit code 130 that names the run to go on with.
  public func predictItems(_ ids: [String]) async throws -> PredictionReport {
    let found = try store.items(ofIDs: ids)
    guard let dataset = ids.lazy.compactMap({ found[$0]?.datasetID }).first else {
      throw GalleyError(
        .missingInput, "can't predict the items", why: ids.isEmpty ? "none is named" : "the store has none of them",
        remedy: "'galley item list DATASET' shows the items' ids.")
    }
    return try await predict(ids.map { Candidate($0, found[$0], dataset) }, in: dataset)
  }

  /// Predicts the items of a data set that pass a filter, as ``predictItems(_:)`` does.
  /// - Parameters:
  ///   - dataset: The data set's name or id; `nil` for the one that the model learns from.
  ///   - filters: Which items; a page of it is not looked at.
  public func predictDataset(
    _ dataset: String? = nil, _ filters: Filters = Filters(.items)
  ) async throws -> PredictionReport {
    let dataset = try dataset ?? ownDataset()
    let id = try store.dataset(dataset).id
    return try await predict(store.allItems(filters, in: id), in: id)
  }

  /// Predicts items that were listed already.
  func predict(_ items: [PlatformItem], in dataset: String) async throws -> PredictionReport {
    try await predict(items.map { Candidate($0.id, $0, dataset) }, in: dataset)
  }

  /// The data set that the model learns from.
  func ownDataset() throws -> String {
    let model = try store.model(name)
    guard let dataset = model.datasetID else {
      throw GalleyError(
        .usage, "can't tell which data set is meant", at: model.name, why: "the model has none of its own",
        remedy: "Name one, or give the model one with 'galley model update'.")
    }
    return dataset
  }

  private func predict(_ candidates: [Candidate], in dataset: String) async throws -> PredictionReport {
    let loaded = try await loadedModel()
    let name = settings.run ?? RunName.make("predict")
    let origin = ModelOrigin(
      id: loaded.entity.id, version: "\(loaded.entity.version)", name: loaded.entity.name, run: name)
    let back = try store.beginWriteBack(of: origin, to: dataset)
    var report = PredictionReport(run: name, model: origin, datasetID: dataset, results: [], swap: nil, ended: nil)
    if let done = try back.done() {
      report.swap = done
      report.results = candidates.map { $0.result(.skipped(reason: "the run '\(name)' was swapped in already")) }
      return report
    }
    let staged = try back.stagedItems()
    let plan = RunPlan(candidates, staged: staged, input: adapter.card.inputType)
    var run = BatchRun(
      plan.items.map { AdapterItem($0, in: store) }, adapter: adapter, batchSize: try batchSize(loaded.model),
      settings: settings,
      bisection: bisection(.predict, "predictions") { [adapter] batch in
        try await adapter.predict(batch).map(BatchAnswer.init)
      }
    ) { try Self.stage($0, origin, back) }
    settings.onEvent?(.stage("predicting"))
    do {
      try await run.run()
    } catch is CancellationError {
      throw Self.interrupted("predict", name, staged: (try? back.stagedItems().count) ?? 0, of: candidates.count)
    }
    report.ended = run.ended
    // An adapter that was given up holds nothing that another run could use.
    if run.ended != nil { unload() }
    if try back.stagedItems().isEmpty { try back.discard() } else { report.swap = try back.swap() }
    report.results = try results(plan, run.outcomes, origin, isSwapped: report.swap != nil)
    return report
  }

  /// Keeps what a batch gave, in one transaction; what the store can't keep fails by itself.
  private static func stage(
    _ predicted: [(item: AdapterItem, value: [PredictedAnnotation])], _ origin: ModelOrigin, _ back: WriteBack
  ) throws -> [Int: AdapterFailure] {
    var refused: [Int: AdapterFailure] = [:]
    var drafts: [String: [AnnotationDraft]] = [:]
    drafts.reserveCapacity(predicted.count)
    for (index, entry) in predicted.enumerated() {
      do throws(GalleyError) {
        drafts[entry.item.id] = try entry.value.map { (annotation) throws(GalleyError) in
          try annotation.draft(of: entry.item.id, by: origin).checked()
        }
      } catch {
        refused[index] = AdapterFailure(.store, error.why)
      }
    }
    try back.stage(checked: drafts)
    return refused
  }

  private func results(
    _ plan: RunPlan, _ outcomes: [AdapterItemResult<[PredictedAnnotation]>.Outcome?], _ origin: ModelOrigin,
    isSwapped: Bool
  ) throws -> [AdapterItemResult<[PredictedAnnotation]>] {
    var results: [AdapterItemResult<[PredictedAnnotation]>] = plan.candidates.map {
      $0.result(.skipped(reason: "it was named twice"))
    }
    for (position, outcome) in zip(plan.positions, outcomes) {
      if let outcome { results[position].outcome = outcome }
    }
    for (position, outcome) in plan.decided(as: [PredictedAnnotation].self) {
      results[position] = plan.candidates[position].result(outcome)
    }
    for position in plan.staged where isSwapped {
      // An earlier process of this run had predicted it.
      let predicted = try store.predictions(ofItem: results[position].id, model: origin.id)
      results[position].outcome = .ok(predicted.map { PredictedAnnotation($0) })
    }
    return results
  }

  /// How many items a batch has.
  func batchSize(_ model: AdapterModel) throws -> Int {
    if let size = settings.batchSize { return max(1, size) }
    guard let value = model.configuration["batch_size"], value != .null else { return adapter.card.batchSize }
    guard case .int(let size) = value, (1...65_536).contains(size) else {
      throw GalleyError(
        .configuration, "can't use the model '\(model.name)'", at: "configuration.batch_size",
        why: "'\(value)' is no number of items from 1 to 65536", remedy: "Set it with 'galley model update'.")
    }
    return size
  }

  func bisection<Value>(
    _ stage: AdapterFailure.Stage, _ answers: String,
    ask: @escaping @Sendable (AdapterBatch) async throws -> [BatchAnswer<Value>]
  ) -> Bisection<Value> {
    Bisection(
      adapter: adapter.card.name, stage: stage, answers: answers,
      limit: TimeLimit(deadline: settings.deadline, patience: settings.patience), ask: ask)
  }

  static func interrupted(_ verb: String, _ run: String, staged: Int, of total: Int) -> GalleyError {
    GalleyError(
      .interrupted, "didn't \(verb) all items", at: "run \(run)",
      why: "it was interrupted; \(staged) of \(total) items are staged, and nothing was swapped in",
      remedy: "Go on with the same run.")
  }
}

extension BatchAnswer where Value == [PredictedAnnotation] {
  init(_ prediction: AdapterPrediction) {
    switch prediction {
    case .found(let annotations): self = .value(annotations)
    case .skipped(let reason): self = .skipped(reason)
    case .failed(let failure): self = .failed(failure)
    }
  }
}

extension PredictedAnnotation {
  /// Takes a prediction of a store.
  init(_ annotation: PlatformAnnotation) {
    self.init(
      annotation.label, annotation.geometry, confidence: annotation.confidence, attributes: annotation.attributes,
      document: annotation.document)
  }

  func draft(of item: String, by origin: ModelOrigin) -> AnnotationDraft {
    AnnotationDraft(
      itemID: item, label: label, geometry: geometry, origin: .model(origin), confidence: confidence,
      attributes: attributes, document: document)
  }
}
