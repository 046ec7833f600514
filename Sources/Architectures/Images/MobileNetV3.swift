// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Torch

/// What can be chosen of a MobileNetV3.
public struct MobileNetV3Options: Codable, Sendable, Equatable {
  /// Multiplies the channels of every layer.
  public var width = 1.0
  /// The share of features that is left out in training before the last layer.
  public var dropout = 0.2
  /// How it begins.
  public var stem = Stem.standard

  /// The published network.
  public init() {}
}

/// The small MobileNetV3, with torchvision's paths and numbers (Howard et al., 2019, "Searching for MobileNetV3",
/// arXiv:1905.02244, table 2).
public struct MobileNetV3Small: TorchArchitecture {
  /// Name, place in the catalogue, options.
  public static let card = Card(
    taxonomy: "model.classification.mobilenet-v3-small", version: SemanticVersion(1, 0, 0),
    summary: "MobileNetV3, the small one: for images on devices with little memory",
    options: [.widthFactor, .dropout(0.2), .stem, .pretrained])

  /// What was chosen.
  public let options: MobileNetV3Options

  /// Creates the architecture.
  public init(_ options: MobileNetV3Options) throws(GalleyError) {
    try Self.check(options)
    self.options = options
  }

  private static let blocks: [MobileNetV3Block] = [
    .init(3, 16, 16, true, .relu, 2), .init(3, 72, 24, false, .relu, 2), .init(3, 88, 24, false, .relu, 1),
    .init(5, 96, 40, true, .hardSwish, 2), .init(5, 240, 40, true, .hardSwish, 1),
    .init(5, 240, 40, true, .hardSwish, 1), .init(5, 120, 48, true, .hardSwish, 1),
    .init(5, 144, 48, true, .hardSwish, 1), .init(5, 288, 96, true, .hardSwish, 2),
    .init(5, 576, 96, true, .hardSwish, 1), .init(5, 576, 96, true, .hardSwish, 1),
  ]

  /// Makes the network: `features.<n>`, `classifier.0` and `classifier.3`.
  /// - Throws: `GalleyError` if the items are no images.
  public func makeModule(inputShape: [Int], classes: Int, in scope: Scope) throws -> any Module {
    let channels = try Self.channels(ofImages: inputShape, classes: classes)
    return try makeMobileNetV3(Self.blocks, hidden: 1024, options, channels: channels, classes: classes, in: scope)
  }
}

/// The large MobileNetV3, with torchvision's paths and numbers (Howard et al., 2019, "Searching for MobileNetV3",
/// arXiv:1905.02244, table 1).
public struct MobileNetV3Large: TorchArchitecture {
  /// Name, place in the catalogue, options.
  public static let card = Card(
    taxonomy: "model.classification.mobilenet-v3-large", version: SemanticVersion(1, 0, 0),
    summary: "MobileNetV3, the large one: for images on small devices",
    options: [.widthFactor, .dropout(0.2), .stem, .pretrained])

  /// What was chosen.
  public let options: MobileNetV3Options

  /// Creates the architecture.
  public init(_ options: MobileNetV3Options) throws(GalleyError) {
    try Self.check(options)
    self.options = options
  }

  private static let blocks: [MobileNetV3Block] = [
    .init(3, 16, 16, false, .relu, 1), .init(3, 64, 24, false, .relu, 2), .init(3, 72, 24, false, .relu, 1),
    .init(5, 72, 40, true, .relu, 2), .init(5, 120, 40, true, .relu, 1), .init(5, 120, 40, true, .relu, 1),
    .init(3, 240, 80, false, .hardSwish, 2), .init(3, 200, 80, false, .hardSwish, 1),
    .init(3, 184, 80, false, .hardSwish, 1), .init(3, 184, 80, false, .hardSwish, 1),
    .init(3, 480, 112, true, .hardSwish, 1), .init(3, 672, 112, true, .hardSwish, 1),
    .init(5, 672, 160, true, .hardSwish, 2), .init(5, 960, 160, true, .hardSwish, 1),
    .init(5, 960, 160, true, .hardSwish, 1),
  ]

  /// Makes the network: `features.<n>`, `classifier.0` and `classifier.3`.
  /// - Throws: `GalleyError` if the items are no images.
  public func makeModule(inputShape: [Int], classes: Int, in scope: Scope) throws -> any Module {
    let channels = try Self.channels(ofImages: inputShape, classes: classes)
    return try makeMobileNetV3(Self.blocks, hidden: 1280, options, channels: channels, classes: classes, in: scope)
  }
}

extension TorchArchitecture {
  fileprivate static func check(_ options: MobileNetV3Options) throws(GalleyError) {
    try require((0.1...4).contains(options.width), "width \(options.width) is outside 0.1 to 4")
    try require((0...0.95).contains(options.dropout), "dropout \(options.dropout) is outside 0 to 0.95")
  }
}

/// One line of the paper's tables: kernel, expanded channels, channels, squeeze and excitation, function, stride.
private struct MobileNetV3Block {
  let kernel, expanded, channels: Int
  let hasSqueeze: Bool
  let function: ActivationFunction
  let stride: Int

  init(
    _ kernel: Int, _ expanded: Int, _ channels: Int, _ hasSqueeze: Bool, _ function: ActivationFunction, _ stride: Int
  ) {
    self.kernel = kernel
    self.expanded = expanded
    self.channels = channels
    self.hasSqueeze = hasSqueeze
    self.function = function
    self.stride = stride
  }
}

private func makeMobileNetV3(
  _ blocks: [MobileNetV3Block], hidden: Int, _ options: MobileNetV3Options, channels imageChannels: Int, classes: Int,
  in scope: Scope
) throws -> any Module {
  // torchvision's settings, which are not the paper's.
  let normalization = ConvolutionUnit.Normalization(momentum: 0.01, epsilon: 0.001)
  func scaled(_ channels: Int) -> Int { roundedChannels(Double(channels) * options.width) }
  let (hidden, last) = (scaled(hidden), 6 * scaled(blocks.last?.channels ?? 0))
  return try MobileNetwork(
    in: scope,
    features: { features in
      var channels = scaled(16)
      let stride = options.stem == .standard ? 2 : 1
      try features.append {
        try ConvolutionUnit(imageChannels, channels, stride: stride, .hardSwish, normalization, in: $0)
      }
      for block in blocks {
        let expanded = scaled(block.expanded)
        let settings = InvertedResidual.Settings(
          inputChannels: channels, expandedChannels: expanded, outputChannels: scaled(block.channels),
          kernel: block.kernel, stride: block.stride, function: block.function, normalization: normalization,
          squeezedChannels: block.hasSqueeze ? roundedChannels(Double(expanded / 4)) : nil,
          squeezeFunctions: .init(inner: .relu, gate: .hardSigmoid))
        try features.append { try InvertedResidual(settings, body: "block", in: $0) }
        channels = settings.outputChannels
      }
      try features.append { try ConvolutionUnit(channels, last, kernel: 1, .hardSwish, normalization, in: $0) }
    },
    classifier: { classifier in
      try classifier.append { try Linear(last, hidden, in: $0) }
      classifier.append { Elementwise(.hardSwish, in: $0) }
      try classifier.append { _ in try Dropout(options.dropout) }
      try classifier.append { try Linear(hidden, classes, in: $0) }
    },
    lastLayers: .normal(0.01))
}
