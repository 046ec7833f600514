// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Torch

/// A small network of depthwise separable convolutions for images of low resolution (Howard et al., 2017, "MobileNets",
/// arXiv:1704.04861, section 3.1).
///
/// A 3 × 3 convolution, then `depth` pairs of a convolution of each channel and a 1 × 1 convolution, each with
/// normalisation and ReLU. Every second pair doubles the channels and halves the image while both sides are at least 4.
public struct SmallSeparableNet: TorchArchitecture {
  /// What can be chosen.
  public struct Options: Codable, Sendable, Equatable {
    /// Channels of the first layer.
    public var width = 32
    /// Number of pairs.
    public var depth = 6
    /// The share of features that is left out in training before the last layer.
    public var dropout = 0.0

    /// The defaults, some 0.1 million parameters.
    public init() {}
  }

  /// Name, place in the catalogue, options.
  public static let card = Card(
    taxonomy: "model.classification.small-separable-net", version: SemanticVersion(1, 0, 0),
    summary: "A small network of depthwise separable convolutions, for images of low resolution",
    options: [
      OptionDeclaration(
        "width", .int(minimum: 1, maximum: 512), default: .int(32), help: "Channels of the first layer."),
      OptionDeclaration(
        "depth", .int(minimum: 1, maximum: 12), default: .int(6),
        help: "Pairs of convolutions; every second doubles the channels and halves the image."),
      .dropout(0), .pretrained,
    ])

  /// What was chosen.
  public let options: Options

  /// Creates the architecture.
  public init(_ options: Options) throws(GalleyError) {
    try Self.require((1...512).contains(options.width), "width \(options.width) is outside 1 to 512")
    try Self.require((1...12).contains(options.depth), "depth \(options.depth) is outside 1 to 12")
    try Self.require((0...0.95).contains(options.dropout), "dropout \(options.dropout) is outside 0 to 0.95")
    self.options = options
  }

  /// Makes the network: `features.<n>` and `classifier.1`.
  /// - Throws: `GalleyError` if the items are no images.
  public func makeModule(inputShape: [Int], classes: Int, in scope: Scope) throws -> any Module {
    let imageChannels = try Self.channels(ofImages: inputShape, classes: classes)
    var (channels, side) = (options.width, min(inputShape[1], inputShape[2]))
    return try MobileNetwork(
      in: scope,
      features: { features in
        try features.append { try ConvolutionUnit(imageChannels, channels, .relu, in: $0) }
        for pair in 0..<options.depth {
          let (doubles, input) = (pair % 2 == 1, channels)
          let stride = doubles && side >= 4 ? 2 : 1
          let output = doubles ? input * 2 : input
          try features.append { scope in
            var layers = Sequential(in: scope)
            try layers.append { try ConvolutionUnit(input, input, stride: stride, groups: input, .relu, in: $0) }
            try layers.append { try ConvolutionUnit(input, output, kernel: 1, .relu, in: $0) }
            return layers
          }
          (channels, side) = (output, (side + stride - 1) / stride)
        }
      },
      classifier: { classifier in
        try classifier.append { _ in try Dropout(options.dropout) }
        try classifier.append { try Linear(channels, classes, in: $0) }
      },
      lastLayers: .normal(0.01))
  }
}
