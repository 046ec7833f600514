// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ONNX

/// The largest element of each window, PyTorch's `nn.MaxPool2d`.
public struct MaxPool2d: Module {
  /// How the window moves.
  public let geometry: PoolingGeometry
  private let path: String

  /// Makes the layer.
  public init(_ geometry: PoolingGeometry, in scope: Scope) {
    self.geometry = geometry
    path = scope.path
  }

  /// The smaller images.
  public func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    try input.recording("MaxPool", at: path, attributes: geometry.onnx, result: input.tensor.maximumPooled(geometry))
  }
}

/// The mean of each window, PyTorch's `nn.AvgPool2d`; padding counts as zeros.
public struct AveragePool2d: Module {
  /// How the window moves.
  public let geometry: PoolingGeometry
  private let path: String

  /// Makes the layer.
  public init(_ geometry: PoolingGeometry, in scope: Scope) {
    self.geometry = geometry
    path = scope.path
  }

  /// The smaller images.
  public func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    let attributes = geometry.onnx.merging(["count_include_pad": .int(1)]) { first, _ in first }
    return try input.recording(
      "AveragePool", at: path, attributes: attributes, result: input.tensor.averagePooled(geometry))
  }
}

/// The mean over height and width, PyTorch's `nn.AdaptiveAvgPool2d(1)`; both stay as dimensions of extent 1.
public struct GlobalAveragePool2d: Module {
  private let path: String

  /// Makes the layer.
  public init(in scope: Scope) { path = scope.path }

  /// One value for each channel: batch × channels × 1 × 1.
  public func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    try input.recording("GlobalAveragePool", at: path, result: input.tensor.globallyAveraged())
  }
}

extension PoolingGeometry {
  var onnx: [String: AttributeValue] {
    ["kernel_shape": kernel.onnx, "strides": stride.onnx, "pads": padding.onnxPads]
  }
}
