// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Torch

/// A multilayer perceptron for tables and other vectors: linear layers with a function between them.
///
/// Each hidden layer is a linear layer, batch normalisation (Ioffe and Szegedy, 2015) if wanted, the function, and
/// dropout. Items of any shape are flattened.
public struct MLP: TorchArchitecture {
  /// What can be chosen.
  public struct Options: Codable, Sendable, Equatable {
    /// Outputs of each hidden layer.
    public var width = 128
    /// Number of hidden layers.
    public var depth = 2
    /// The function between layers.
    public var activation = ActivationFunction.relu
    /// Whether hidden layers are normalised.
    public var normalization = true
    /// The share of each hidden layer's outputs that is left out in training.
    public var dropout = 0.0

    /// The defaults.
    public init() {}
  }

  /// Name, place in the catalogue, options.
  public static let card = Card(
    taxonomy: "model.classification.mlp", version: SemanticVersion(1, 0, 0),
    summary: "A multilayer perceptron, for tables and other vectors",
    options: [
      OptionDeclaration(
        "width", .int(minimum: 1, maximum: 65_536), default: .int(128), help: "Outputs of each hidden layer."),
      OptionDeclaration(
        "depth", .int(minimum: 0, maximum: 64), default: .int(2),
        help: "Number of hidden layers; 0 makes it a linear classifier."),
      OptionDeclaration(
        "activation", .choice(ActivationFunction.allCases.map { Choice($0.rawValue) }), default: .string("relu"),
        help: "The function between layers."),
      OptionDeclaration(
        "normalization", .bool, default: .bool(true), help: "Whether hidden layers have batch normalisation."),
      .dropout(0), .pretrained,
    ])

  /// What was chosen.
  public let options: Options

  /// Creates the architecture.
  public init(_ options: Options) throws(GalleyError) {
    try Self.require((1...65_536).contains(options.width), "width \(options.width) is outside 1 to 65536")
    try Self.require((0...64).contains(options.depth), "depth \(options.depth) is outside 0 to 64")
    try Self.require((0...0.95).contains(options.dropout), "dropout \(options.dropout) is outside 0 to 0.95")
    self.options = options
  }

  /// Makes the network: `layers.<n>` and `classifier`.
  /// - Throws: `GalleyError` if the items are empty.
  public func makeModule(inputShape: [Int], classes: Int, in scope: Scope) throws -> any Module {
    try Self.require(
      !inputShape.isEmpty && inputShape.allSatisfy { $0 >= 1 } && classes >= 1,
      "items of shape \(inputShape) and \(classes) classes were given")
    return try MLPModule(options, inputs: inputShape.reduce(1, *), isFlat: inputShape.count == 1, classes, in: scope)
  }
}

private struct MLPModule: Module {
  private let flatten: Flatten?
  private let layers: Sequential
  private let classifier: Linear

  init(_ options: MLP.Options, inputs: Int, isFlat: Bool, _ classes: Int, in scope: Scope) throws {
    flatten = isFlat ? nil : Flatten(in: scope["flatten"])
    var (layers, width) = (Sequential(in: scope["layers"]), inputs)
    for _ in 0..<options.depth {
      try layers.append { try Linear(width, options.width, in: $0) }
      if options.normalization { try layers.append { try BatchNorm1d(options.width, in: $0) } }
      layers.append { Elementwise(options.activation, in: $0) }
      if options.dropout > 0 { try layers.append { _ in try Dropout(options.dropout) } }
      width = options.width
    }
    self.layers = layers
    classifier = try Linear(width, classes, in: scope["classifier"])
  }

  func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    try classifier.forward(layers.forward(flatten?.forward(input, mode) ?? input, mode), mode)
  }
}
