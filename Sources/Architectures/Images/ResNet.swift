// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Torch

/// What can be chosen of a residual network (He et al., 2016, "Deep Residual Learning for Image Recognition",
/// arXiv:1512.03385, table 1).
public struct ResNetOptions: Codable, Sendable, Equatable {
  /// The share of features that is left out in training before the last layer.
  public var dropout = 0.0
  /// How it begins.
  public var stem = Stem.standard

  /// The published network.
  public init() {}
}

/// ResNet-18, with torchvision's paths and numbers.
public struct ResNet18: TorchArchitecture {
  /// Name, place in the catalogue, options.
  public static let card = Card(
    taxonomy: "model.classification.resnet-18", version: SemanticVersion(1, 0, 0),
    summary: "ResNet-18: a residual network of 18 layers for images", options: [.dropout(0), .stem, .pretrained])

  /// What was chosen.
  public let options: ResNetOptions

  /// Creates the architecture.
  public init(_ options: ResNetOptions) throws(GalleyError) {
    try Self.require((0...0.95).contains(options.dropout), "dropout \(options.dropout) is outside 0 to 0.95")
    self.options = options
  }

  /// Makes the network: `conv1`, `bn1`, `layer1.<n>` and so on, `fc`.
  /// - Throws: `GalleyError` if the items are no images.
  public func makeModule(inputShape: [Int], classes: Int, in scope: Scope) throws -> any Module {
    let settings = ResidualNetwork.Settings(
      kind: .basic, blocks: [2, 2, 2, 2], stem: options.stem, dropout: options.dropout)
    let channels = try Self.channels(ofImages: inputShape, classes: classes)
    return try ResidualNetwork(settings, channels: channels, classes: classes, in: scope)
  }
}

/// ResNet-50, with torchvision's paths and numbers.
public struct ResNet50: TorchArchitecture {
  /// Name, place in the catalogue, options.
  public static let card = Card(
    taxonomy: "model.classification.resnet-50", version: SemanticVersion(1, 0, 0),
    summary: "ResNet-50: a residual network of 50 layers for images", options: [.dropout(0), .stem, .pretrained])

  /// What was chosen.
  public let options: ResNetOptions

  /// Creates the architecture.
  public init(_ options: ResNetOptions) throws(GalleyError) {
    try Self.require((0...0.95).contains(options.dropout), "dropout \(options.dropout) is outside 0 to 0.95")
    self.options = options
  }

  /// Makes the network: `conv1`, `bn1`, `layer1.<n>` and so on, `fc`.
  /// - Throws: `GalleyError` if the items are no images.
  public func makeModule(inputShape: [Int], classes: Int, in scope: Scope) throws -> any Module {
    let settings = ResidualNetwork.Settings(
      kind: .bottleneck, blocks: [3, 4, 6, 3], stem: options.stem, dropout: options.dropout)
    let channels = try Self.channels(ofImages: inputShape, classes: classes)
    return try ResidualNetwork(settings, channels: channels, classes: classes, in: scope)
  }
}
