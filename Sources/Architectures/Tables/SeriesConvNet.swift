// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Torch

/// A one-dimensional convolutional network for sensor series of any length: the fully convolutional network of Wang et al.,
/// 2017, "Time Series Classification from Scratch with Deep Neural Networks: A Strong Baseline" (arXiv:1611.06455).
///
/// Three blocks of convolution, normalisation and ReLU with windows of 7, 5 and 3 and 1, 2 and 1 times the width (the
/// paper's first window is 8, which can't be centred), the mean over time, and a linear layer.
public struct SeriesConvNet: TorchArchitecture {
  /// What can be chosen.
  public struct Options: Codable, Sendable, Equatable {
    /// Channels of the first and the last block; the middle one has twice as many.
    public var width = 128
    /// Steps from one window to the next, in each block.
    public var stride = 1
    /// The share of features that is left out in training before the last layer.
    public var dropout = 0.0

    /// The defaults.
    public init() {}
  }

  /// Name, place in the catalogue, options.
  public static let card = Card(
    taxonomy: "model.classification.series-convnet", version: SemanticVersion(1, 0, 0),
    summary: "A one-dimensional convolutional network, for sensor series of any length",
    options: [
      OptionDeclaration(
        "width", .int(minimum: 1, maximum: 1024), default: .int(128),
        help: "Channels of the first and the last block; the middle one has twice as many."),
      OptionDeclaration(
        "stride", .int(minimum: 1, maximum: 8), default: .int(1),
        help: "Steps from one window to the next, in each block: more makes long series cheaper."),
      .dropout(0), .pretrained,
    ])

  /// What was chosen.
  public let options: Options

  /// Creates the architecture.
  public init(_ options: Options) throws(GalleyError) {
    try Self.require((1...1024).contains(options.width), "width \(options.width) is outside 1 to 1024")
    try Self.require((1...8).contains(options.stride), "stride \(options.stride) is outside 1 to 8")
    try Self.require((0...0.95).contains(options.dropout), "dropout \(options.dropout) is outside 0 to 0.95")
    self.options = options
  }

  /// Makes the network: `features.<block>.<n>` and `classifier`.
  /// - Throws: `GalleyError` if the items are no series.
  public func makeModule(inputShape: [Int], classes: Int, in scope: Scope) throws -> any Module {
    guard inputShape.count == 2, inputShape.allSatisfy({ $0 >= 1 }), classes >= 1 else {
      throw GalleyError(
        .configuration, "can't make \(Self.card.name)",
        why: "items of shape \(inputShape) and \(classes) classes were given",
        remedy: "It takes series as channels × length and at least one class.")
    }
    return try SeriesConvNetModule(options, channels: inputShape[0], classes: classes, in: scope)
  }
}

private struct SeriesConvNetModule: Module {
  private var features: Sequential
  private let pool: GlobalAveragePool
  private let flatten: Flatten
  private let dropout: Dropout
  private let classifier: Linear

  init(_ options: SeriesConvNet.Options, channels: Int, classes: Int, in scope: Scope) throws {
    features = Sequential(in: scope["features"])
    var input = channels
    for (kernel, factor) in [(7, 1), (5, 2), (3, 1)] {
      let output = options.width * factor
      try features.append { scope in
        var block = Sequential(in: scope)
        try block.append {
          try Conv1d(
            input, output, kernel: kernel, stride: options.stride, padding: kernel / 2, hasBias: false, in: $0)
        }
        try block.append { try BatchNorm1d(output, in: $0) }
        block.append { Elementwise(.relu, isInPlace: true, in: $0) }
        return block
      }
      input = output
    }
    pool = GlobalAveragePool(in: scope["pool"])
    flatten = Flatten(in: scope["flatten"])
    dropout = try Dropout(options.dropout)
    classifier = try Linear(input, classes, in: scope["classifier"])
  }

  func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    let pooled = try flatten.forward(pool.forward(features.forward(input, mode), mode), mode)
    return try classifier.forward(dropout.forward(pooled, mode), mode)
  }
}
