// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Torch

/// MobileNetV2, with torchvision's paths and numbers (Sandler et al., 2018, "MobileNetV2: Inverted Residuals and Linear
/// Bottlenecks", arXiv:1801.04381, table 2).
public struct MobileNetV2: TorchArchitecture {
  /// What can be chosen.
  public struct Options: Codable, Sendable, Equatable {
    /// Multiplies the channels of every layer.
    public var width = 1.0
    /// The share of features that is left out in training before the last layer.
    public var dropout = 0.2
    /// How it begins.
    public var stem = Stem.standard

    /// The published network.
    public init() {}
  }

  /// Name, place in the catalogue, options.
  public static let card = Card(
    taxonomy: "model.classification.mobilenet-v2", version: SemanticVersion(1, 0, 0),
    summary: "MobileNetV2: inverted residuals and linear bottlenecks, for images on small devices",
    options: [.widthFactor, .dropout(0.2), .stem, .pretrained])

  /// What was chosen.
  public let options: Options

  /// Creates the architecture.
  public init(_ options: Options) throws(GalleyError) {
    try Self.require((0.1...4).contains(options.width), "width \(options.width) is outside 0.1 to 4")
    try Self.require((0...0.95).contains(options.dropout), "dropout \(options.dropout) is outside 0 to 0.95")
    self.options = options
  }

  /// Table 2: expansion, channels, blocks and first stride of each stage.
  private static let stages: [(expansion: Int, channels: Int, blocks: Int, stride: Int)] = [
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
  ]

  /// Makes the network: `features.<n>` and `classifier.1`.
  /// - Throws: `GalleyError` if the items are no images.
  public func makeModule(inputShape: [Int], classes: Int, in scope: Scope) throws -> any Module {
    let imageChannels = try Self.channels(ofImages: inputShape, classes: classes)
    let last = roundedChannels(1280 * max(1, options.width))
    return try MobileNetwork(
      in: scope,
      features: { features in
        var channels = roundedChannels(32 * options.width)
        let stride = options.stem == .standard ? 2 : 1
        try features.append { try ConvolutionUnit(imageChannels, channels, stride: stride, .relu6, in: $0) }
        for stage in Self.stages {
          for block in 0..<stage.blocks {
            let settings = InvertedResidual.Settings(
              inputChannels: channels, expandedChannels: channels * stage.expansion,
              outputChannels: roundedChannels(Double(stage.channels) * options.width),
              stride: block == 0 ? stage.stride : 1, function: .relu6, isProjectionFlat: true)
            try features.append { try InvertedResidual(settings, body: "conv", in: $0) }
            channels = settings.outputChannels
          }
        }
        try features.append { try ConvolutionUnit(channels, last, kernel: 1, .relu6, in: $0) }
      },
      classifier: { classifier in
        try classifier.append { _ in try Dropout(options.dropout) }
        try classifier.append { try Linear(last, classes, in: $0) }
      },
      lastLayers: .normal(0.01))
  }
}
