// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
public import Platform

extension AdaptedModel {
  /// Predicts the items of a test set, holds the predictions against ground truth, and keeps the figures and curves with
  /// the model; the adapter's own figures too, if it has any.
  ///
  /// Items without an answer are left out and counted.
  /// - Parameters:
  ///   - dataset: The data set's name or id; `nil` for the one that the model learns from.
  ///   - filters: Which items; `nil` for the model's subset `test`, or if it has no
  ///     subset at all, those that say so in their metadata.
  ///   - predicts: Whether the items are predicted first; otherwise what this version of the model predicted before is
  ///     taken.
  ///   - threshold: The smallest likeness of a pair.
  /// - Throws: `GalleyError` as ``predictItems(_:)`` does, if there is no such subset, or no item has an answer.
  public func evaluateModel(
    _ dataset: String? = nil, _ filters: Filters? = nil, predicts: Bool = true, threshold: Double = 0.5
  ) async throws -> EvaluationReport {
    let dataset = try store.dataset(try dataset ?? ownDataset()).id
    let filters = try filters ?? store.model(name).filters(of: .test, in: dataset, store)
    let items = try store.allItems(filters, in: dataset)
    // What was predicted before is judged without the model, unless the adapter has figures of its own.
    let isLoaded = predicts || evaluating != nil
    let entity = isLoaded ? try await loadFromModel() : try store.model(name)
    let report = predicts ? try await predict(items, in: dataset) : nil
    let answered: Set<String>
    if let report, report.swap?.wasDone != true {
      answered = Set(report.results.lazy.filter { $0.value != nil }.map(\.id))
    } else {
      answered = try store.predictedItems(in: dataset, by: entity.id, version: "\(entity.version)")
    }
    let judged = items.filter { answered.contains($0.id) }
    guard !judged.isEmpty else {
      throw GalleyError(
        .badData, "can't evaluate the model '\(entity.name)'", at: "data set \(dataset)",
        why: report.flatMap(Self.firstFailure) ?? "no item that passes the filter has a prediction of this version",
        remedy: "Look at the filter, and at the items' results.")
    }
    settings.onEvent?(.stage("evaluating"))
    let evaluation = try store.evaluate(model: entity.id, on: dataset, judged, threshold: threshold)
    // Galley's figures are kept whatever the adapter's own function does.
    try store.keep(evaluation)
    let own = try await ownFigures(judged, entity)
    if !own.isEmpty { try store.setMetrics(own, ofModel: entity.id, dataset: dataset) }
    return EvaluationReport(
      predictions: report, evaluation: evaluation, ownFigures: own, leftOut: items.count - judged.count)
  }

  /// The adapter, if it has figures of its own.
  private var evaluating: (any EvaluatingAdapter)? {
    adapter.functions.contains(.evaluate) ? adapter as? any EvaluatingAdapter : nil
  }

  private static func firstFailure(_ report: PredictionReport) -> String? {
    for result in report.results {
      if case .failed(let failure) = result.outcome { return "no item has an answer; the first: \(failure)" }
    }
    return nil
  }

  private func ownFigures(_ items: [PlatformItem], _ model: PlatformModel) async throws -> [String: Double] {
    guard let evaluating else { return [:] }
    let evaluated = try items.map { item in
      EvaluatedPredictions(
        item: AdapterItem(item, in: store), groundTruth: try store.annotations(ofItem: item.id),
        predictions: try store.predictions(ofItem: item.id, model: model.id))
    }
    do {
      return try await evaluating.evaluate(evaluated).filter { $0.value.isFinite }
    } catch {
      throw error.named("the adapter '\(adapter.card.name)' can't evaluate the model '\(model.name)'")
    }
  }
}
