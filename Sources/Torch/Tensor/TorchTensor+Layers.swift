// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim

/// Layers as functions. Images are batch × channels × height × width, series batch × channels × length.
extension TorchTensor {
  /// A two-dimensional convolution; `weight` is output channels × (input channels / groups) × height × width.
  public func convolved(
    with weight: TorchTensor, bias: TorchTensor?, geometry: ConvolutionGeometry
  ) throws(TorchError) -> TorchTensor {
    try convolved(with: weight, bias: bias, window: geometry.window)
  }

  /// A convolution along as many dimensions as the window has numbers; `weight` is output channels × (input channels /
  /// groups) × the window.
  public func convolved(
    with weight: TorchTensor, bias: TorchTensor?, window: ConvolutionWindow
  ) throws(TorchError) -> TorchTensor {
    try library.make("convolution") { out in
      window.withTorch { library.api.convolution(handle, weight.handle, bias?.handle, $0, out) }
    }
  }

  /// `self · weightᵀ + bias`; `weight` is outputs × inputs.
  public func linear(weight: TorchTensor, bias: TorchTensor?) throws(TorchError) -> TorchTensor {
    try library.make("linear layer") { library.api.linear(handle, weight.handle, bias?.handle, $0) }
  }

  /// Batch normalisation; in training with the batch's statistics, which update `runningMean` and `runningVariance`.
  public func batchNormalized(
    weight: TorchTensor, bias: TorchTensor, runningMean: TorchTensor, runningVariance: TorchTensor,
    isTraining: Bool, momentum: Double, epsilon: Double
  ) throws(TorchError) -> TorchTensor {
    let settings = galley_torch_normalization(is_training: isTraining ? 1 : 0, momentum: momentum, epsilon: epsilon)
    return try library.make("batch normalisation") {
      library.api.batch_normalization(
        handle, weight.handle, bias.handle, runningMean.handle, runningVariance.handle, settings, $0)
    }
  }

  /// The largest element of each window.
  public func maximumPooled(_ window: PoolingWindow) throws(TorchError) -> TorchTensor {
    try library.make("maximum pooling") { out in window.withTorch { library.api.maximum_pool(handle, $0, out) } }
  }

  /// The mean of each window; padding counts as zeros.
  public func averagePooled(_ window: PoolingWindow) throws(TorchError) -> TorchTensor {
    try library.make("average pooling") { out in window.withTorch { library.api.average_pool(handle, $0, 1, out) } }
  }

  /// The largest element of each window.
  public func maximumPooled(_ geometry: PoolingGeometry) throws(TorchError) -> TorchTensor {
    try maximumPooled(geometry.window)
  }

  /// The mean of each window; padding counts as zeros.
  public func averagePooled(_ geometry: PoolingGeometry) throws(TorchError) -> TorchTensor {
    try averagePooled(geometry.window)
  }

  /// The means over windows that divide the last dimensions into these numbers of parts.
  public func averaged(to extents: [Int]) throws(TorchError) -> TorchTensor {
    try library.make("adaptive average pooling") { out in
      extents.withTorchInts { library.api.adaptive_average_pool(handle, $0, out) }
    }
  }

  /// The mean over height and width, which stay as dimensions of extent 1.
  public func globallyAveraged() throws(TorchError) -> TorchTensor { try averaged(to: [1, 1]) }

  /// In training sets elements to 0 with the given probability and scales the others up; otherwise changes nothing.
  public func droppedOut(probability: Double, isTraining: Bool) throws(TorchError) -> TorchTensor {
    guard isTraining else { return try library.make("dropout") { library.api.dropout(handle, probability, 0, $0) } }
    return try library.drawing { () throws(TorchError) in
      try library.make("dropout") { library.api.dropout(handle, probability, 1, $0) }
    }
  }
}
