// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim

/// How a convolution's window moves along the dimensions after batch and channels; one number for each of them, 1 to 3.
public struct ConvolutionWindow: Sendable, Hashable {
  /// Elements from one window to the next.
  public var stride: [Int]
  /// Zeros added on each side.
  public var padding: [Int]
  /// Elements from one of the window's to the next.
  public var dilation: [Int]
  /// Number of groups that channels are divided into.
  public var groups: Int

  /// Creates a window.
  public init(stride: [Int], padding: [Int], dilation: [Int], groups: Int = 1) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  func withTorch<Result>(_ body: (galley_torch_convolution) -> Result) -> Result {
    stride.withTorchInts { stride in
      padding.withTorchInts { padding in
        dilation.withTorchInts { dilation in
          body(.init(stride: stride, padding: padding, dilation: dilation, groups: Int64(groups)))
        }
      }
    }
  }
}

/// How a pooling window moves along the dimensions after batch and channels; one number for each of them, 1 or 2.
public struct PoolingWindow: Sendable, Hashable {
  /// The window.
  public var kernel: [Int]
  /// Elements from one window to the next.
  public var stride: [Int]
  /// Border on each side, at most half the window.
  public var padding: [Int]

  /// Creates a window.
  public init(kernel: [Int], stride: [Int], padding: [Int]) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }

  func withTorch<Result>(_ body: (galley_torch_pooling) -> Result) -> Result {
    kernel.withTorchInts { kernel in
      stride.withTorchInts { stride in
        padding.withTorchInts { padding in
          body(.init(kernel: kernel, stride: stride, padding: padding, rounds_up: 0))
        }
      }
    }
  }
}
