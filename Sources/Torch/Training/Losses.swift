// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim

/// What the losses of a batch's items become.
public enum LossReduction: Sendable, Hashable, CaseIterable {
  /// One number for each item (for each element, where a loss compares elements).
  case none
  /// Their mean.
  case mean
  /// Their sum.
  case sum

  var torch: galley_torch_reduced {
    switch self {
    case .none: galley_torch_reduced(GALLEY_TORCH_REDUCED_NONE)
    case .mean: galley_torch_reduced(GALLEY_TORCH_REDUCED_MEAN)
    case .sum: galley_torch_reduced(GALLEY_TORCH_REDUCED_SUM)
    }
  }
}

/// Losses.
extension TorchTensor {
  /// The cross entropy between these logits (batch × classes) and the classes.
  /// - Parameters:
  ///   - targets: The index of each item's class (int64, batch), or its classes' probabilities (batch × classes), as
  ///     mixtures of items have them.
  ///   - classWeights: The weight of each class. With indices the mean is a weighted one, as in PyTorch.
  ///   - labelSmoothing: The share of probability, 0 to 1, that is spread evenly over all classes.
  ///   - reduction: What the items' losses become.
  /// - Throws: `TorchError` if a target lies outside the classes or the shapes don't belong together.
  public func crossEntropy(
    targets: TorchTensor, classWeights: TorchTensor? = nil, labelSmoothing: Double = 0,
    reduction: LossReduction = .mean
  ) throws(TorchError) -> TorchTensor {
    try library.make("cross entropy") {
      library.api.cross_entropy(
        handle, targets.handle, classWeights?.handle, labelSmoothing, reduction.torch, $0)
    }
  }

  /// The cross entropy between these logits and probabilities that are independent of one another, as labels of which an
  /// item may have several; PyTorch's `BCEWithLogitsLoss`.
  /// - Parameters:
  ///   - targets: Probabilities, 0 to 1, in the shape of the logits.
  ///   - weights: Weights of the elements, broadcast to the logits.
  ///   - positiveWeights: Weights of the positive terms, such as one for each label.
  ///   - reduction: What the elements' losses become.
  /// - Throws: `TorchError` if the shapes don't belong together.
  public func binaryCrossEntropy(
    targets: TorchTensor, weights: TorchTensor? = nil, positiveWeights: TorchTensor? = nil,
    reduction: LossReduction = .mean
  ) throws(TorchError) -> TorchTensor {
    try library.make("binary cross entropy") {
      library.api.binary_cross_entropy(
        handle, targets.handle, weights?.handle, positiveWeights?.handle, reduction.torch, $0)
    }
  }

  /// The squared differences from `targets`.
  public func meanSquaredError(
    targets: TorchTensor, reduction: LossReduction = .mean
  ) throws(TorchError) -> TorchTensor {
    try library.make("mean squared error") {
      library.api.mean_squared_error(handle, targets.handle, reduction.torch, $0)
    }
  }
}
