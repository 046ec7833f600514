// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import BackendConformance
import Backends
import Foundation
import Galley
import Tensors

/// Scores items by their mean colours, and misbehaves on demand.
final class ColourScorer: ItemScorer {
  enum Mischief: Error { case refused }

  let inputShape: [Int]
  let scoreKind: ModelCard.Scores
  /// Gets each item's number, as far as it can be told from its values, and its scores.
  /// Gets every batch.
  var onInputs: (Tensor) throws -> Void = { _ in }
  private let change: ([[Float]]) throws -> [[Float]]
  private(set) var passes: [Int] = []

  init(
    _ scoreKind: ModelCard.Scores = .logits, inputShape: [Int] = [3, 8, 8],
    change: @escaping ([[Float]]) throws -> [[Float]] = { $0 }
  ) {
    self.inputShape = inputShape
    self.scoreKind = scoreKind
    self.change = change
  }

  func scores(of inputs: Tensor) throws -> Tensor {
    try onInputs(inputs)
    let values = try inputs.values(as: Float.self)
    let count = inputs.shape[0]
    passes.append(count)
    let rows = try change(
      (0..<count).map { item in
        (0..<3).map { channel in values[(item * 3 + channel) * 64..<(item * 3 + channel + 1) * 64].reduce(0, +) / 64 }
      })
    return try Tensor(rows.flatMap { $0 }, shape: [rows.count, rows.first?.count ?? 3])
  }
}

extension BackendData {
  /// A request over this data, with a folder of its own.
  func request(
    _ work: VerbRequest.Work, _ reference: DataReference, task: EngineTask = .classification,
    labels: [String] = BackendData.labels
  ) throws -> VerbRequest {
    let run = "\(folder)/run-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
    return VerbRequest(
      work, model: .checkpoint("none"), data: reference, task: task, preprocessing: Self.preprocessing, labels: labels,
      folder: run)
  }
}
