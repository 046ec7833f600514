// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Torch

/// The block of residual networks (He et al., 2016, "Deep Residual Learning for Image Recognition"), as torchvision's
/// `BasicBlock` and `Bottleneck`; the bottleneck's stride is in its 3 × 3 convolution, as torchvision has it.
struct ResidualBlock: Module {
  /// The two kinds of block.
  enum Kind {
    /// Two 3 × 3 convolutions.
    case basic
    /// 1 × 1, 3 × 3 and 1 × 1 with four times the channels.
    case bottleneck

    var expansion: Int { self == .basic ? 1 : 4 }
  }

  private let convolutions: [(convolution: Conv2d, normalization: BatchNorm)]
  private let shortcut: Sequential?
  private let activation: Elementwise

  /// - Parameter width: Channels between the convolutions; the output has `width` times the kind's expansion.
  init(_ kind: Kind, _ inputChannels: Int, width: Int, stride: Int, in scope: Scope) throws {
    let output = width * kind.expansion
    let shapes: [(input: Int, output: Int, kernel: Int, stride: Int)] =
      switch kind {
      case .basic: [(inputChannels, width, 3, stride), (width, width, 3, 1)]
      case .bottleneck: [(inputChannels, width, 1, 1), (width, width, 3, stride), (width, output, 1, 1)]
      }
    convolutions = try shapes.enumerated().map { index, shape in
      let geometry = ConvolutionGeometry(stride: Size2(shape.stride), padding: Size2(shape.kernel / 2))
      let convolution = try Conv2d(
        shape.input, shape.output, kernel: Size2(shape.kernel), geometry: geometry, hasBias: false,
        in: scope["conv\(index + 1)"])
      return (convolution, try BatchNorm(shape.output, in: scope["bn\(index + 1)"]))
    }
    shortcut =
      stride != 1 || inputChannels != output
      ? try Self.projection(inputChannels, output, stride, in: scope["downsample"]) : nil
    activation = Elementwise(.relu, isInPlace: true, in: scope["relu"])
  }

  private static func projection(_ input: Int, _ output: Int, _ stride: Int, in scope: Scope) throws -> Sequential {
    var shortcut = Sequential(in: scope)
    try shortcut.append {
      try Conv2d(
        input, output, kernel: Size2(1), geometry: ConvolutionGeometry(stride: Size2(stride)), hasBias: false, in: $0)
    }
    try shortcut.append { try BatchNorm(output, in: $0) }
    return shortcut
  }

  func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    var result = input
    for (index, layer) in convolutions.enumerated() {
      result = try layer.normalization.forward(layer.convolution.forward(result, mode), mode)
      if index < convolutions.count - 1 { result = try activation.forward(result, mode) }
    }
    let identity = try shortcut?.forward(input, mode) ?? input
    return try activation.forward(result.adding(identity, isInPlace: true, at: activation.path), mode)
  }
}
