// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

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

  /// Height and width, as PyTorch and ONNX order them.
  var extents: [Int] { [height, width] }
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

  /// The same for any number of dimensions.
  var window: ConvolutionWindow {
    ConvolutionWindow(
      stride: stride.extents, padding: padding.extents, dilation: dilation.extents, groups: groups)
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

  /// The same for any number of dimensions.
  var window: PoolingWindow {
    PoolingWindow(kernel: kernel.extents, stride: stride.extents, padding: padding.extents)
  }
}
