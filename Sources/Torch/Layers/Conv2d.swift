// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A two-dimensional convolution, PyTorch's `nn.Conv2d`.
///
/// Input and output are batch × channels × height × width. Parameters: `weight`, output channels × (input channels /
/// groups) × kernel height × kernel width; `bias`, output channels.
public struct Conv2d: Module {
  /// How the window moves.
  public let geometry: ConvolutionGeometry
  /// The window.
  public let kernel: Size2
  private let core: ConvolutionCore

  /// Makes the layer with PyTorch's default initialisation.
  /// - Throws: `TorchError` if a number is below 1, or the groups don't divide the channels.
  public init(
    _ inputChannels: Int, _ outputChannels: Int, kernel: Size2, geometry: ConvolutionGeometry = ConvolutionGeometry(),
    hasBias: Bool = true, in scope: Scope
  ) throws(TorchError) {
    core = try ConvolutionCore(
      inputChannels, outputChannels, kernel: kernel.extents, geometry.window, hasBias: hasBias, in: scope)
    self.kernel = kernel
    self.geometry = geometry
  }

  /// The convolved images.
  public func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation { try core.forward(input) }
}

/// A one-dimensional convolution, PyTorch's `nn.Conv1d`.
///
/// Input and output are batch × channels × length. Parameters: `weight`, output channels × (input channels / groups) ×
/// kernel; `bias`, output channels.
public struct Conv1d: Module {
  private let core: ConvolutionCore

  /// Makes the layer with PyTorch's default initialisation.
  /// - Parameters:
  ///   - kernel: Length of the window.
  ///   - stride: Elements from one window to the next.
  ///   - padding: Zeros added on each side.
  ///   - dilation: Elements from one of the window's to the next.
  ///   - groups: Number of groups that channels are divided into.
  /// - Throws: `TorchError` if a number is below 1, or the groups don't divide the channels.
  public init(
    _ inputChannels: Int, _ outputChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
    groups: Int = 1, hasBias: Bool = true, in scope: Scope
  ) throws(TorchError) {
    let window = ConvolutionWindow(stride: [stride], padding: [padding], dilation: [dilation], groups: groups)
    core = try ConvolutionCore(
      inputChannels, outputChannels, kernel: [kernel], window, hasBias: hasBias, in: scope)
  }

  /// The convolved series.
  public func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation { try core.forward(input) }
}
