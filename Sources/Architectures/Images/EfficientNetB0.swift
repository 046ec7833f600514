// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Torch

/// EfficientNet-B0, with torchvision's paths and numbers (Tan and Le, 2019, "EfficientNet: Rethinking Model Scaling for
/// Convolutional Neural Networks", arXiv:1905.11946, table 1).
public struct EfficientNetB0: TorchArchitecture {
  /// What can be chosen.
  public struct Options: Codable, Sendable, Equatable {
    /// The share of features that is left out in training before the last layer.
    public var dropout = 0.2
    /// The share of items that the last block is left out for in training; earlier blocks have less.
    public var stochasticDepth = 0.2
    /// How it begins.
    public var stem = Stem.standard

    /// The published network.
    public init() {}
  }

  /// Name, place in the catalogue, options.
  public static let card = Card(
    taxonomy: "model.classification.efficientnet-b0", version: SemanticVersion(1, 0, 0),
    summary: "EfficientNet-B0: inverted residuals with squeeze and excitation, for images",
    options: [
      .dropout(0.2),
      OptionDeclaration(
        "stochasticDepth", .float(minimum: 0, maximum: 0.95), default: .float(0.2),
        help: "The share of items that the last block is left out for in training; earlier blocks have less."),
      .stem, .pretrained,
    ])

  /// What was chosen.
  public let options: Options

  /// Creates the architecture.
  public init(_ options: Options) throws(GalleyError) {
    try Self.require((0...0.95).contains(options.dropout), "dropout \(options.dropout) is outside 0 to 0.95")
    try Self.require(
      (0...0.95).contains(options.stochasticDepth), "stochasticDepth \(options.stochasticDepth) is outside 0 to 0.95")
    self.options = options
  }

  /// Table 1: expansion, kernel, first stride, channels and blocks of each stage.
  private static let stages: [(expansion: Int, kernel: Int, stride: Int, channels: Int, blocks: Int)] = [
    (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
  ]

  /// Makes the network: `features.<stage>.<n>` and `classifier.1`.
  /// - Throws: `GalleyError` if the items are no images.
  public func makeModule(inputShape: [Int], classes: Int, in scope: Scope) throws -> any Module {
    let imageChannels = try Self.channels(ofImages: inputShape, classes: classes)
    return try MobileNetwork(
      in: scope,
      features: { features in
        let stride = options.stem == .standard ? 2 : 1
        try features.append { try ConvolutionUnit(imageChannels, 32, stride: stride, .silu, in: $0) }
        var block = 0
        for (index, stage) in Self.stages.enumerated() {
          let input = index == 0 ? 32 : Self.stages[index - 1].channels
          try features.append { try makeStage(stage, input, firstBlock: block, in: $0) }
          block += stage.blocks
        }
        try features.append { try ConvolutionUnit(320, 1280, kernel: 1, .silu, in: $0) }
      },
      classifier: { classifier in
        try classifier.append { _ in try Dropout(options.dropout) }
        try classifier.append { try Linear(1280, classes, in: $0) }
      },
      lastLayers: .uniformByOutputs)
  }

  private func makeStage(
    _ stage: (expansion: Int, kernel: Int, stride: Int, channels: Int, blocks: Int), _ inputChannels: Int,
    firstBlock: Int, in scope: Scope
  ) throws -> Sequential {
    let total = Double(Self.stages.map(\.blocks).reduce(0, +))
    var blocks = Sequential(in: scope)
    for block in 0..<stage.blocks {
      let input = block == 0 ? inputChannels : stage.channels
      let settings = InvertedResidual.Settings(
        inputChannels: input, expandedChannels: input * stage.expansion, outputChannels: stage.channels,
        kernel: stage.kernel, stride: block == 0 ? stage.stride : 1, function: .silu,
        squeezedChannels: max(1, input / 4), squeezeFunctions: .init(inner: .silu, gate: .sigmoid),
        dropProbability: options.stochasticDepth * Double(firstBlock + block) / total)
      try blocks.append { try InvertedResidual(settings, body: "block", in: $0) }
    }
    return blocks
  }
}
