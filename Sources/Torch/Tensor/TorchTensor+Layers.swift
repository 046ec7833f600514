// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim

/// A height and a width, in pixels.
public struct Size2: Sendable, Hashable, Codable {
  /// Along the second dimension from the end.
  public var height: Int
  /// Along the last dimension.
  public var width: Int

  /// Creates a size.
  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// The same extent in both directions.
  public init(_ side: Int) { self.init(height: side, width: side) }

  var torch: galley_torch_size2 { .init(height: Int64(height), width: Int64(width)) }
}

/// How a convolution's window moves over an image.
public struct ConvolutionGeometry: Sendable, Hashable, Codable {
  /// Pixels from one window to the next.
  public var stride: Size2
  /// Zeros added on each side.
  public var padding: Size2
  /// Pixels from one element of the window to the next.
  public var dilation: Size2
  /// Number of groups that channels are divided into.
  public var groups: Int

  /// Creates a geometry.
  public init(stride: Size2 = Size2(1), padding: Size2 = Size2(0), dilation: Size2 = Size2(1), groups: Int = 1) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }
}

/// How a pooling window moves over an image.
public struct PoolingGeometry: Sendable, Hashable, Codable {
  /// The window.
  public var kernel: Size2
  /// Pixels from one window to the next.
  public var stride: Size2
  /// Border on each side, at most half the window.
  public var padding: Size2

  /// Creates a geometry; windows lie side by side unless a stride is given.
  public init(kernel: Size2, stride: Size2? = nil, padding: Size2 = Size2(0)) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
  }

  var torch: galley_torch_pooling { .init(kernel: kernel.torch, stride: stride.torch, padding: padding.torch) }
}

/// Layers as functions. Images are batch × channels × height × width.
extension TorchTensor {
  /// A two-dimensional convolution; `weight` is output channels × (input channels / groups) × height × width.
  public func convolved(
    with weight: TorchTensor, bias: TorchTensor?, geometry: ConvolutionGeometry
  ) throws(TorchError) -> TorchTensor {
    let torch = galley_torch_convolution(
      stride: geometry.stride.torch, padding: geometry.padding.torch, dilation: geometry.dilation.torch,
      groups: Int64(geometry.groups))
    return try library.make("convolution") {
      library.api.convolution2d(handle, weight.handle, bias?.handle, torch, $0)
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
  public func maximumPooled(_ geometry: PoolingGeometry) throws(TorchError) -> TorchTensor {
    try library.make("maximum pooling") { library.api.maximum_pool2d(handle, geometry.torch, $0) }
  }

  /// The mean of each window; padding counts as zeros.
  public func averagePooled(_ geometry: PoolingGeometry) throws(TorchError) -> TorchTensor {
    try library.make("average pooling") { library.api.average_pool2d(handle, geometry.torch, $0) }
  }

  /// The mean over height and width, which stay as dimensions of extent 1.
  public func globallyAveraged() throws(TorchError) -> TorchTensor {
    try library.make("global average pooling") { library.api.global_average_pool2d(handle, $0) }
  }

  /// In training sets elements to 0 with the given probability and scales the others up; otherwise changes nothing.
  public func droppedOut(probability: Double, isTraining: Bool) throws(TorchError) -> TorchTensor {
    try library.make("dropout") { library.api.dropout(handle, probability, isTraining ? 1 : 0, $0) }
  }
}
