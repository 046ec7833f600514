// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Torch

/// The block of mobile networks: channels are multiplied, convolved one by one, and brought back; a shortcut joins input
/// and output where their shapes agree (Sandler et al., 2018, "MobileNetV2", section 3.3).
struct InvertedResidual: Module {
  /// What a block is made of.
  struct Settings {
    var inputChannels: Int
    var expandedChannels: Int
    var outputChannels: Int
    var kernel = 3
    var stride = 1
    var function: ActivationFunction
    var normalization = ConvolutionUnit.Normalization()
    /// Channels between squeeze and excitation; nil for none.
    var squeezedChannels: Int?
    var squeezeFunctions = SqueezeExcitation.Functions(inner: .relu, gate: .sigmoid)
    /// Whether the last convolution and its normalisation stand in the body themselves, as MobileNetV2 has them.
    var isProjectionFlat = false
    /// The share of items whose block is left out in training.
    var dropProbability = 0.0
  }

  private let body: Sequential
  private let stochasticDepth: StochasticDepth?
  private let path: String

  /// - Parameter name: The path of the body in the block.
  init(_ settings: Settings, body name: String, in scope: Scope) throws {
    body = try Self.makeBody(settings, in: scope[name])
    let hasShortcut = settings.stride == 1 && settings.inputChannels == settings.outputChannels
    stochasticDepth = hasShortcut ? try StochasticDepth(settings.dropProbability) : nil
    path = scope.path
  }

  private static func makeBody(_ settings: Settings, in scope: Scope) throws -> Sequential {
    let (expanded, output) = (settings.expandedChannels, settings.outputChannels)
    var body = Sequential(in: scope)
    if expanded != settings.inputChannels {
      try body.append {
        try ConvolutionUnit(
          settings.inputChannels, expanded, kernel: 1, settings.function, settings.normalization, in: $0)
      }
    }
    try body.append {
      try ConvolutionUnit(
        expanded, expanded, kernel: settings.kernel, stride: settings.stride, groups: expanded, settings.function,
        settings.normalization, in: $0)
    }
    if let squeezed = settings.squeezedChannels {
      try body.append { try SqueezeExcitation(expanded, squeezed: squeezed, settings.squeezeFunctions, in: $0) }
    }
    if settings.isProjectionFlat {
      try body.append { try Conv2d(expanded, output, kernel: Size2(1), hasBias: false, in: $0) }
      try body.append {
        try BatchNorm(
          output, momentum: settings.normalization.momentum, epsilon: settings.normalization.epsilon, in: $0)
      }
    } else {
      try body.append { try ConvolutionUnit(expanded, output, kernel: 1, nil, settings.normalization, in: $0) }
    }
    return body
  }

  func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    let result = try body.forward(input, mode)
    guard let stochasticDepth else { return result }
    return try stochasticDepth.forward(result, mode).adding(input, isInPlace: true, at: path)
  }
}
