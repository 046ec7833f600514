// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
public import Tensors
public import Torch

internal import Datasets
internal import Images
internal import Metrics

/// Uses a trained network on many items.
public struct ClassifierEvaluation {
  private let module: any Module
  private let library: TorchLibrary
  private let device: TorchDevice
  /// Items for one pass.
  public let batchSize: Int

  /// Prepares an evaluation.
  /// - Parameter batchSize: Items for one pass; at least 1.
  public init(_ module: any Module, in library: TorchLibrary, on device: TorchDevice = .cpu, batchSize: Int = 256) {
    self.module = module
    self.library = library
    self.device = device
    self.batchSize = max(1, batchSize)
  }

  /// The network's outputs, items × classes, in evaluation mode.
  /// - Throws: `TorchError` if the inputs don't suit the network.
  public func logits(_ inputs: Tensor) throws -> Tensor {
    try library.withoutGradients { try outputs(inputs, limit: nil).toTensor() }
  }

  /// The mean cross entropy and the share of items that are classified rightly.
  public func lossAndAccuracy(_ items: TrainingItems) throws -> (loss: Double, accuracy: Double) {
    try library.withoutGradients {
      let outputs = try outputs(items.inputs, limit: nil)
      let targets = try TorchTensor(items.classSets.map { Int64($0[0]) }, shape: [items.count], in: library)
      let loss = try outputs.crossEntropy(targets: targets).item()
      let hits = try outputs.argumentOfLargest(along: 1).isEqual(to: targets).sum().item()
      return (loss, hits / Double(items.count))
    }
  }

  /// What a network says to a validation set.
  struct Judgement {
    /// The mean loss.
    var loss: Double
    /// The figures that are defined, by name.
    var figures: [String: Double]
    /// Items that couldn't be loaded.
    var failures: [ItemFailure]
  }

  /// Judges the network on validation items.
  /// - Parameters:
  ///   - limit: Batches, at most.
  ///   - metrics: The figures that are wanted.
  func judge(
    _ source: ValidationSource, _ data: TrainingData, limit: Int?, metrics: [ClassificationMetric]
  ) throws -> Judgement {
    try library.withoutGradients {
      let (outputs, ids, classSets, failures) = try outputs(source, limit)
      let isMultiLabel = data.task == .multiLabelClassification
      let loss: Double
      let scores: [Float]
      var evaluation = try ClassificationEvaluation(
        labels: data.labels, task: isMultiLabel ? .multiLabel : .multiClass,
        options: EvaluationOptions(topK: metrics.compactMap(\.k), resamples: 0))
      if isMultiLabel {
        let targets = try TorchTensor(
          TrainingLoss.indicators(classSets, data.labels.count), shape: [ids.count, data.labels.count], in: library)
        loss = try outputs.binaryCrossEntropy(targets: targets).item()
        scores = try outputs.sigmoid().values(as: Float.self)
      } else {
        let targets = try TorchTensor(classSets.map { Int64($0[0]) }, shape: [ids.count], in: library)
        loss = try outputs.crossEntropy(targets: targets).item()
        scores = try outputs.softmax(along: 1).values(as: Float.self)
      }
      // Scores that are no numbers are for whoever called: training has diverged.
      guard loss.isFinite else { return Judgement(loss: loss, figures: [:], failures: failures) }
      if isMultiLabel {
        try evaluation.add(ids: ids, truth: classSets.map(Set.init), scores: scores)
      } else {
        try evaluation.add(ids: ids, truth: classSets.map { $0[0] }, scores: scores)
      }
      var figures: [String: Double] = [:]
      for metric in metrics { figures[metric.name] = try evaluation.value(of: metric) }
      return Judgement(loss: loss, figures: figures, failures: failures)
    }
  }

  private func outputs(
    _ source: ValidationSource, _ limit: Int?
  ) throws -> (TorchTensor, ids: [String], classSets: [[Int]], failures: [ItemFailure]) {
    switch source {
    case .memory(let items):
      let count = min(items.count, limit.map { $0.multipliedReportingOverflow(by: batchSize).partialValue } ?? .max)
      let outputs = try outputs(items.inputs, limit: limit)
      return (outputs, Array(items.ids[..<count]), Array(items.classSets[..<count]), [])
    case .loaded(let batches):
      var (parts, ids, classSets): ([TorchTensor], [String], [[Int]]) = ([], [], [])
      var failures: [ItemFailure] = []
      let epoch = batches.epoch(0)
      defer { epoch.stop() }
      for _ in 0..<min(limit ?? .max, batches.stepsPerEpoch) {
        guard let batch = epoch.nextBlocking() else { break }
        failures += batch.failures
        guard batch.count > 0 else { continue }
        parts.append(try outputs(of: batch.inputs))
        ids += batch.ids
        classSets += batch.classSets(of: batches)
      }
      guard !parts.isEmpty else {
        throw failures.first?.error
          ?? GalleyError(.badData, "can't evaluate the network", why: "there are no items")
      }
      return (try .concatenated(parts, along: 0), ids, classSets, failures)
    }
  }

  private func outputs(_ inputs: Tensor, limit: Int?) throws -> TorchTensor {
    guard let count = inputs.shape.first, count > 0 else {
      throw GalleyError(.badData, "can't evaluate the network", why: "there are no items")
    }
    let starts = Array(stride(from: 0, to: count, by: batchSize)).prefix(limit ?? .max)
    return try .concatenated(
      starts.map { try outputs(of: inputs.rows($0..<min($0 + batchSize, count))) }, along: 0)
  }

  /// The outputs of one pass, on the processor.
  private func outputs(of batch: Tensor) throws -> TorchTensor {
    try module(TorchTensor(batch, in: library).moved(to: device), .evaluation).moved(to: .cpu)
  }
}

/// Validation items, ready to be shown.
enum ValidationSource {
  case memory(TrainingItems)
  case loaded(TrainingBatches)

  /// Prepares items.
  init?(_ source: TrainingData.Source?, _ data: TrainingData, _ options: TrainOptions, batchSize: Int) throws {
    switch source {
    case nil: return nil
    case .memory(let items): self = .memory(items)
    case .images(let items, let preprocessing):
      self = .loaded(
        try TrainingBatches(
          items, classCount: data.labels.count, preprocessing: preprocessing,
          options: TrainingBatches.Options(
            batchSize: batchSize, seed: 0, shuffles: false, isMultiLabel: data.task == .multiLabelClassification,
            limits: options.loaderLimits(batchSize: batchSize))))
    }
  }
}

extension ClassificationMetric {
  /// The k of a top-k accuracy.
  fileprivate var k: Int? { if case .topKAccuracy(let k) = self { k } else { nil } }
}
