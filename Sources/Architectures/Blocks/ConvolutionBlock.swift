// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Torch

/// A 3 × 3 convolution, batch normalisation and ReLU; the convolution needs no bias, since the normalisation shifts.
struct ConvolutionBlock: Module {
  private let convolution: Conv2d
  private let normalization: BatchNorm2d
  private let activation: ReLU

  init(_ inputChannels: Int, _ outputChannels: Int, stride: Int, in scope: Scope) throws {
    convolution = try Conv2d(
      inputChannels, outputChannels, kernel: Size2(3),
      geometry: ConvolutionGeometry(stride: Size2(stride), padding: Size2(1)), hasBias: false, in: scope["conv"])
    normalization = try BatchNorm2d(outputChannels, in: scope["bn"])
    activation = ReLU(in: scope["relu"])
  }

  func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    try activation.forward(normalization.forward(convolution.forward(input, mode), mode), mode)
  }
}
