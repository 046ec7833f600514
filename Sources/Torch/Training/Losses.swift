// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim

/// Losses; each is the mean over the batch.
extension TorchTensor {
  /// The cross entropy between these logits (batch × classes) and the classes' indices (int64, batch).
  /// - Parameters:
  ///   - targets: The index of each item's class.
  ///   - classWeights: The weight of each class; the mean is a weighted one, as in PyTorch.
  ///   - labelSmoothing: The share of probability, 0 to 1, that is spread evenly over all classes.
  /// - Throws: `TorchError` if a target lies outside the classes or the shapes don't belong together.
  public func crossEntropy(
    targets: TorchTensor, classWeights: TorchTensor? = nil, labelSmoothing: Double = 0
  ) throws(TorchError) -> TorchTensor {
    try library.make("cross entropy") {
      library.api.cross_entropy(handle, targets.handle, classWeights?.handle, labelSmoothing, $0)
    }
  }

  /// The mean of the squared differences from `targets`.
  public func meanSquaredError(targets: TorchTensor) throws(TorchError) -> TorchTensor {
    try library.make("mean squared error") { library.api.mean_squared_error(handle, targets.handle, $0) }
  }
}
