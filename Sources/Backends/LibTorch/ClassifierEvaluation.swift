// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors
public import Torch

internal import Galley

/// Uses a trained network on many items.
public struct ClassifierEvaluation {
  private let module: any Module
  private let library: TorchLibrary
  /// Items for one pass.
  public let batchSize: Int

  /// Prepares an evaluation.
  /// - Parameter batchSize: Items for one pass; at least 1.
  public init(_ module: any Module, in library: TorchLibrary, batchSize: Int = 256) {
    self.module = module
    self.library = library
    self.batchSize = max(1, batchSize)
  }

  /// The network's outputs, items × classes, in evaluation mode.
  /// - Throws: `TorchError` if the inputs don't suit the network.
  public func logits(_ inputs: Tensor) throws -> Tensor {
    try library.withoutGradients { try outputs(inputs).toTensor() }
  }

  /// The mean cross entropy and the share of items that are classified rightly.
  public func lossAndAccuracy(_ items: TrainingItems) throws -> (loss: Double, accuracy: Double) {
    try library.withoutGradients {
      let outputs = try outputs(items.inputs)
      let targets = try TorchTensor(items.classes.map(Int64.init), shape: [items.count], in: library)
      let loss = try outputs.crossEntropy(targets: targets).item()
      let hits = try outputs.argumentOfLargest(along: 1).isEqual(to: targets).sum().item()
      return (loss, hits / Double(items.count))
    }
  }

  private func outputs(_ inputs: Tensor) throws -> TorchTensor {
    guard let count = inputs.shape.first, count > 0 else {
      throw GalleyError(.badData, "can't evaluate the network", why: "there are no items")
    }
    var batches: [TorchTensor] = []
    for start in stride(from: 0, to: count, by: batchSize) {
      let batch = try inputs.rows(start..<min(start + batchSize, count))
      batches.append(try module(TorchTensor(batch, in: library), .evaluation))
    }
    return try .concatenated(batches, along: 0)
  }
}
