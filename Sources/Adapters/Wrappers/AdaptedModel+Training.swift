// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Foundation
internal import Galley
internal import Platform
internal import Synchronization

extension AdaptedModel {
  /// Trains the model: loads it, prepares the data of its subsets, lets the adapter convert and learn, keeps what it
  /// saves as a new version, and removes the prepared data, also after a failure.
  ///
  /// The model's status goes over `pending` and `training` to `trained`, or to `failed` with the reason, whatever
  /// happens.
  /// - Parameter dataset: The data set's name or id; `nil` for the one that the model learns from.
  /// - Throws: `GalleyError` if the model's status, subsets or data don't allow it, or the store can't be written; what
  ///   the adapter throws; `CancellationError`.
  public func trainModel(_ dataset: String? = nil) async throws -> TrainingReport {
    guard let trainable = adapter as? any TrainableAdapter, adapter.functions.isSuperset(of: [.train, .save]) else {
      throw lack(adapter.functions.contains(.train) ? .save : .train)
    }
    let dataset = try store.dataset(try dataset ?? ownDataset())
    let model = try store.model(name)
    try TrainingData.check(model, dataset, store)
    if model.status != .pending { try store.setStatus(.pending, ofModel: model.id) }
    let folder = newFolder(model)
    do {
      let report = try await store.training(ofModel: model.id) { [self] entity in
        try await self.train(entity, trainable, dataset, in: folder)
      }
      if !settings.keepsData { Self.remove(folder) }
      var done = report
      done.model = try store.model(model.id)
      return done
    } catch {
      // What was learnt until then is worth more than the room that it takes.
      if !settings.keepsData { Self.remove("\(folder)/datasets") }
      Self.removeIfEmpty(folder)
      throw error
    }
  }

  /// A folder that no other training of the model has, or has left behind.
  private func newFolder(_ model: PlatformModel) -> String {
    let time = RunName.time()
    var number = 1
    while true {
      let folder = store.place.modelData(
        ofModel: model.id, named: model.name, at: number == 1 ? time : "\(time)-\(number)")
      if !FileManager.default.fileExists(atPath: folder) { return folder }
      number += 1
    }
  }

  private func train(
    _ entity: PlatformModel, _ trainable: any TrainableAdapter, _ dataset: PlatformDataset, in folder: String
  ) async throws -> TrainingReport {
    // What was learnt in vain isn't taken for the model, and neither is what was saved for what was loaded.
    defer { unload() }
    _ = try await load(entity)
    let model = try await loadedModel().model
    settings.onEvent?(.stage("preparing the data"))
    let data = TrainingData(store: store, model: entity, dataset: dataset, card: adapter.card)
    let prepared = try data.write(to: folder)
    try Task.checkCancellation()
    let epochs = Mutex<[AdapterEpoch]>([])
    let onEvent = settings.onEvent
    let training = AdapterTraining(data: prepared.folder, output: prepared.output, model: model) { report in
      epochs.withLock { $0.append(report) }
      onEvent?(.epoch(report))
    }
    settings.onEvent?(.stage("training"))
    let outcome: AdapterTrainingOutcome
    do {
      try await trainable.convert(prepared.folder)
      outcome = try await trainable.train(training)
      try Task.checkCancellation()
    } catch {
      try? keepCurves(epochs.withLock { $0 }, AdapterTrainingOutcome(), entity)
      throw error.named(
        "the adapter '\(adapter.card.name)' can't train the model '\(entity.name)'", at: prepared.folder)
    }
    let saved = try await save(to: prepared.output)
    let reports = epochs.withLock { $0 }
    try keepCurves(reports, outcome, saved)
    let figures = outcome.figures.filter { $0.value.isFinite }
    if !figures.isEmpty { try store.setMetrics(figures, ofModel: saved.id, dataset: dataset.id) }
    return TrainingReport(model: saved, items: prepared.items, lastEpoch: reports.last, figures: figures)
  }

  /// Epochs' metrics become curves of their names; the adapter's own samples take the place of those.
  private func keepCurves(_ epochs: [AdapterEpoch], _ outcome: AdapterTrainingOutcome, _ model: PlatformModel) throws {
    var samples = epochs.flatMap(\.samples)
    let own = Set(outcome.samples.map(\.figure))
    samples.removeAll { own.contains($0.figure) }
    samples += outcome.samples
    let finite = samples.filter { !$0.figure.isEmpty && $0.x.isFinite && $0.y.isFinite }
    if !finite.isEmpty { try store.replaceSamples(finite, ofModel: model.id) }
  }

  private static func remove(_ folder: String) {
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Removes a training's folder if its `output` holds nothing.
  private static func removeIfEmpty(_ folder: String) {
    let left = FileManager.default.enumerator(atPath: folder)?.contains { path in
      var isFolder: ObjCBool = false
      let name = (path as? String).map { "\(folder)/\($0)" } ?? ""
      return FileManager.default.fileExists(atPath: name, isDirectory: &isFolder) && !isFolder.boolValue
    }
    if left != true { remove(folder) }
  }
}

extension AdapterEpoch {
  private static let validation = ["validation_", "val_", "valid_"]

  /// The epoch's metrics as points: `validation_loss` is the line `validation` of the plot `loss`, others are `train`.
  var samples: [PlotSample] {
    metrics.sorted { $0.key < $1.key }.map { name, value in
      guard let prefix = Self.validation.first(where: { name.hasPrefix($0) && name.count > $0.count }) else {
        let plain = name.hasPrefix("train_") && name.count > 6 ? String(name.dropFirst(6)) : name
        return PlotSample(figure: plain, legend: "train", x: Double(finished), y: value)
      }
      return PlotSample(
        figure: String(name.dropFirst(prefix.count)), legend: "validation", x: Double(finished), y: value)
    }
  }
}
