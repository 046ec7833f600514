// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ONNX

/// The largest element of each window, PyTorch's `nn.MaxPool2d` and `nn.MaxPool1d`.
public struct MaxPool: Module {
  private let window: PoolingWindow
  private let path: String

  /// Makes the layer along as many dimensions, 1 or 2, as the window has numbers.
  public init(_ window: PoolingWindow, in scope: Scope) {
    self.window = window
    path = scope.path
  }

  /// Makes the layer for images.
  public init(_ geometry: PoolingGeometry, in scope: Scope) { self.init(geometry.window, in: scope) }

  /// The smaller images or series.
  public func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    try input.recording("MaxPool", at: path, attributes: window.onnx, result: input.tensor.maximumPooled(window))
  }
}

/// PyTorch's `nn.MaxPool2d`.
public typealias MaxPool2d = MaxPool

/// The mean of each window, PyTorch's `nn.AvgPool2d` and `nn.AvgPool1d`; padding counts as zeros.
public struct AveragePool: Module {
  private let window: PoolingWindow
  private let path: String

  /// Makes the layer along as many dimensions, 1 or 2, as the window has numbers.
  public init(_ window: PoolingWindow, in scope: Scope) {
    self.window = window
    path = scope.path
  }

  /// Makes the layer for images.
  public init(_ geometry: PoolingGeometry, in scope: Scope) { self.init(geometry.window, in: scope) }

  /// The smaller images or series.
  public func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    let attributes = window.onnx.merging(["count_include_pad": .int(1)]) { first, _ in first }
    return try input.recording(
      "AveragePool", at: path, attributes: attributes, result: input.tensor.averagePooled(window))
  }
}

/// PyTorch's `nn.AvgPool2d`.
public typealias AveragePool2d = AveragePool

/// The mean over all dimensions after the channels, which stay as dimensions of extent 1: PyTorch's
/// `nn.AdaptiveAvgPool2d(1)` for images, `nn.AdaptiveAvgPool1d(1)` for series.
public struct GlobalAveragePool: Module {
  private let path: String

  /// Makes the layer.
  public init(in scope: Scope) { path = scope.path }

  /// One value for each channel.
  public func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    let ones = [Int](repeating: 1, count: max(try input.tensor.shape.count - 2, 0))
    return try input.recording("GlobalAveragePool", at: path, result: input.tensor.averaged(to: ones))
  }
}

/// PyTorch's `nn.AdaptiveAvgPool2d(1)`.
public typealias GlobalAveragePool2d = GlobalAveragePool

extension PoolingWindow {
  var onnx: [String: AttributeValue] {
    ["kernel_shape": .extents(kernel), "strides": .extents(stride), "pads": .pads(padding)]
  }
}
