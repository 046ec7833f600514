// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Torch

/// A convolution, batch normalisation and a function of each element, as torchvision's `Conv2dNormActivation`: paths `0`,
/// `1` and `2`. The borders are padded so that a stride of 1 keeps the size.
struct ConvolutionUnit: Module {
  /// Momentum and epsilon of the normalisation.
  struct Normalization {
    var momentum = 0.1
    var epsilon = 1e-5
  }

  private let convolution: Conv2d
  private let normalization: BatchNorm
  private let activation: Elementwise?

  init(
    _ inputChannels: Int, _ outputChannels: Int, kernel: Int = 3, stride: Int = 1, groups: Int = 1,
    _ function: ActivationFunction?, _ settings: Normalization = Normalization(), in scope: Scope
  ) throws {
    let geometry = ConvolutionGeometry(stride: Size2(stride), padding: Size2((kernel - 1) / 2), groups: groups)
    convolution = try Conv2d(
      inputChannels, outputChannels, kernel: Size2(kernel), geometry: geometry, hasBias: false, in: scope["0"])
    normalization = try BatchNorm(
      outputChannels, momentum: settings.momentum, epsilon: settings.epsilon, in: scope["1"])
    activation = function.map { Elementwise($0, isInPlace: $0.savesMemoryInPlace, in: scope["2"]) }
  }

  func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    let normal = try normalization.forward(convolution.forward(input, mode), mode)
    return try activation?.forward(normal, mode) ?? normal
  }
}

extension ActivationFunction {
  /// Whether the gradient needs the output only. The gradients of the others need the input, of which LibTorch would make
  /// a copy first.
  var savesMemoryInPlace: Bool { self == .relu || self == .relu6 }
}
