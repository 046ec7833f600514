// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Torch

/// A residual network for images of low resolution: ResNet-20 and, with more blocks, its deeper relatives (He et al., 2016,
/// "Deep Residual Learning for Image Recognition", arXiv:1512.03385, section 4.2).
///
/// Three layers of basic blocks with 1, 2 and 4 times the width. Where a layer changes the shape, the shortcut is a 1 × 1
/// convolution (the paper's option B).
public struct SmallResNet: TorchArchitecture {
  /// What can be chosen.
  public struct Options: Codable, Sendable, Equatable {
    /// Blocks of each of the three layers.
    public var blocks = 3
    /// Channels of the first layer.
    public var width = 16
    /// The share of features that is left out in training before the last layer.
    public var dropout = 0.0

    /// ResNet-20.
    public init() {}
  }

  /// Name, place in the catalogue, options.
  public static let card = Card(
    taxonomy: "model.classification.small-resnet", version: SemanticVersion(1, 0, 0),
    summary: "ResNet-20 and its deeper relatives, for images of low resolution",
    options: [
      OptionDeclaration(
        "blocks", .int(minimum: 1, maximum: 30), default: .int(3),
        help: "Blocks of each of the three layers: 3 make ResNet-20, 9 ResNet-56."),
      OptionDeclaration(
        "width", .int(minimum: 1, maximum: 512), default: .int(16), help: "Channels of the first layer."),
      .dropout(0), .pretrained,
    ])

  /// What was chosen.
  public let options: Options

  /// Creates the architecture.
  public init(_ options: Options) throws(GalleyError) {
    try Self.require((1...30).contains(options.blocks), "blocks \(options.blocks) is outside 1 to 30")
    try Self.require((1...512).contains(options.width), "width \(options.width) is outside 1 to 512")
    try Self.require((0...0.95).contains(options.dropout), "dropout \(options.dropout) is outside 0 to 0.95")
    self.options = options
  }

  /// Makes the network: `conv1`, `bn1`, `layer1.<n>` to `layer3.<n>`, `fc`.
  /// - Throws: `GalleyError` if the items are no images.
  public func makeModule(inputShape: [Int], classes: Int, in scope: Scope) throws -> any Module {
    let settings = ResidualNetwork.Settings(
      kind: .basic, blocks: [Int](repeating: options.blocks, count: 3), width: options.width, stem: .small,
      dropout: options.dropout)
    let channels = try Self.channels(ofImages: inputShape, classes: classes)
    return try ResidualNetwork(settings, channels: channels, classes: classes, in: scope)
  }
}
