// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Torch

/// A residual network with torchvision's paths: `conv1`, `bn1`, `layer1` and so on, `fc`.
struct ResidualNetwork: Module {
  /// What a network is made of.
  struct Settings {
    var kind: ResidualBlock.Kind
    /// Blocks of each layer; each layer after the first halves the image and doubles the width.
    var blocks: [Int]
    /// Width of the first layer.
    var width = 64
    var stem = Stem.standard
    /// The share of features that is left out in training before the last layer.
    var dropout = 0.0
  }

  private var features: Sequential
  private let layers: [Sequential]
  private let pool: GlobalAveragePool
  private let flatten: Flatten
  private let dropout: Dropout
  private let classifier: Linear

  init(_ settings: Settings, channels: Int, classes: Int, in scope: Scope) throws {
    features = try Self.makeStem(settings, channels: channels, in: scope)
    var (input, layers) = (settings.width, [Sequential]())
    for (index, count) in settings.blocks.enumerated() {
      var layer = Sequential(in: scope["layer\(index + 1)"])
      let width = settings.width << index
      for block in 0..<count {
        let stride = block == 0 && index > 0 ? 2 : 1
        try layer.append { try ResidualBlock(settings.kind, input, width: width, stride: stride, in: $0) }
        input = width * settings.kind.expansion
      }
      layers.append(layer)
    }
    self.layers = layers
    pool = GlobalAveragePool(in: scope["avgpool"])
    flatten = Flatten(in: scope["flatten"])
    dropout = try Dropout(settings.dropout)
    classifier = try Linear(input, classes, in: scope["fc"])
    try scope.initialize(lastLayers: .asMade)
  }

  private static func makeStem(_ settings: Settings, channels: Int, in scope: Scope) throws -> Sequential {
    let isStandard = settings.stem == .standard
    let (kernel, stride) = isStandard ? (7, 2) : (3, 1)
    let geometry = ConvolutionGeometry(stride: Size2(stride), padding: Size2(kernel / 2))
    let width = settings.width
    var stem = Sequential(in: scope)
    try stem.append(named: "conv1") {
      try Conv2d(channels, width, kernel: Size2(kernel), geometry: geometry, hasBias: false, in: $0)
    }
    try stem.append(named: "bn1") { try BatchNorm(width, in: $0) }
    stem.append(named: "relu") { Elementwise(.relu, isInPlace: true, in: $0) }
    guard isStandard else { return stem }
    let window = PoolingGeometry(kernel: Size2(3), stride: Size2(2), padding: Size2(1))
    stem.append(named: "maxpool") { MaxPool(window, in: $0) }
    return stem
  }

  func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    var activation = try features.forward(input, mode)
    for layer in layers { activation = try layer.forward(activation, mode) }
    activation = try flatten.forward(pool.forward(activation, mode), mode)
    return try classifier.forward(dropout.forward(activation, mode), mode)
  }
}
