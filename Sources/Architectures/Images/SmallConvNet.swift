// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Torch

/// A small convolutional classifier for images of any size and number of channels.
///
/// It has `depth` stages of two blocks (3 × 3 convolution, batch normalisation, ReLU). The first stage has `width`
/// channels and each further one twice as many; it halves height and width by a stride of 2, as long as both are at
/// least 4. A global average pool and a linear layer end it, so that no layer depends on the image's size.
public struct SmallConvNet: TorchArchitecture {
  /// What can be chosen; the weights to begin with are the trainer's affair.
  public struct Options: Codable, Sendable, Equatable {
    /// Channels of the first stage.
    public var width: Int
    /// Number of stages.
    public var depth: Int

    /// Creates options.
    public init(width: Int = 16, depth: Int = 3) {
      self.width = width
      self.depth = depth
    }
  }

  /// Name, place in the catalogue, options.
  public static let card = Card(
    taxonomy: "model.classification.small-convnet", version: SemanticVersion(1, 1, 0),
    summary: "A small convolutional classifier for images of any size", priority: 10,
    options: [
      OptionDeclaration(
        "width", .int(minimum: 1, maximum: 512), default: .int(16),
        help: "Channels of the first stage; each further stage has twice as many."),
      OptionDeclaration(
        "depth", .int(minimum: 1, maximum: 6), default: .int(3),
        help: "Number of stages; each after the first halves height and width while both are at least 4."),
      .pretrained,
    ])

  /// What was chosen.
  public let options: Options

  /// Creates the architecture.
  public init(_ options: Options) throws(GalleyError) {
    guard (1...512).contains(options.width), (1...6).contains(options.depth) else {
      throw GalleyError(
        .configuration, "can't make \(Self.card.name)",
        why: "width \(options.width) and depth \(options.depth) are outside 1 to 512 and 1 to 6")
    }
    self.options = options
  }

  /// Makes the network: `features.<block>.conv`, `features.<block>.bn` and `classifier`.
  /// - Throws: `GalleyError` if the items are no images.
  public func makeModule(inputShape: [Int], classes: Int, in scope: Scope) throws -> any Module {
    _ = try Self.channels(ofImages: inputShape, classes: classes)
    return try SmallConvNetModule(options, inputShape: inputShape, classes: classes, in: scope)
  }
}

/// The network: `features`, a pool, and the `classifier`.
private struct SmallConvNetModule: Module {
  private var features: Sequential
  private let pool: GlobalAveragePool2d
  private let flatten: Flatten
  private let classifier: Linear

  init(_ options: SmallConvNet.Options, inputShape: [Int], classes: Int, in scope: Scope) throws {
    features = Sequential(in: scope["features"])
    var (channels, side) = (inputShape[0], min(inputShape[1], inputShape[2]))
    for stage in 0..<options.depth {
      let stageChannels = options.width << stage
      let stride = stage > 0 && side >= 4 ? 2 : 1
      try features.append { try ConvolutionBlock(channels, stageChannels, stride: stride, in: $0) }
      try features.append { try ConvolutionBlock(stageChannels, stageChannels, stride: 1, in: $0) }
      (channels, side) = (stageChannels, (side + stride - 1) / stride)
    }
    pool = GlobalAveragePool2d(in: scope["pool"])
    flatten = Flatten(in: scope["flatten"])
    classifier = try Linear(channels, classes, in: scope["classifier"])
  }

  func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    let pooled = try pool.forward(features.forward(input, mode), mode)
    return try classifier.forward(flatten.forward(pooled, mode), mode)
  }
}
