// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors
import Torch

/// The network of Fixtures/generate.py: each layer once, with settings that are not the defaults.
struct ReferenceNetwork: Module {
  var features: Sequential
  let pool: GlobalAveragePool2d
  let flatten: Flatten
  let hidden: Linear
  let activation: ReLU
  let classifier: Linear

  init(in scope: Scope) throws {
    features = Sequential(in: scope["features"])
    try features.append {
      try Conv2d(
        2, 6, kernel: Size2(3), geometry: ConvolutionGeometry(stride: Size2(2), padding: Size2(1)), in: $0)
    }
    try features.append { try BatchNorm2d(6, in: $0) }
    features.append { ReLU(in: $0) }
    try features.append {
      let geometry = ConvolutionGeometry(padding: Size2(height: 1, width: 2), groups: 3)
      return try Conv2d(6, 12, kernel: Size2(height: 3, width: 5), geometry: geometry, hasBias: false, in: $0)
    }
    try features.append { try BatchNorm2d(12, momentum: 0.2, epsilon: 1e-3, in: $0) }
    features.append { ReLU(in: $0) }
    features.append {
      MaxPool2d(PoolingGeometry(kernel: Size2(3), stride: Size2(2), padding: Size2(1)), in: $0)
    }
    features.append {
      AveragePool2d(PoolingGeometry(kernel: Size2(2), stride: Size2(1), padding: Size2(1)), in: $0)
    }
    pool = GlobalAveragePool2d(in: scope["pool"])
    flatten = Flatten(in: scope["flatten"])
    hidden = try Linear(12, 7, hasBias: false, in: scope["hidden"])
    activation = ReLU(in: scope["relu"])
    classifier = try Linear(7, 5, in: scope["classifier"])
  }

  func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    let pooled = try flatten.forward(pool.forward(features.forward(input, mode), mode), mode)
    return try classifier.forward(activation.forward(hidden.forward(pooled, mode), mode), mode)
  }

  /// The network with PyTorch's values, and its state.
  static func loaded(_ part: String) throws -> (network: ReferenceNetwork, state: ModuleState, fixture: Safetensors) {
    let fixture = try Reference.fixture("network.safetensors")
    let state = ModuleState(library: try Reference.library)
    let network = try ReferenceNetwork(in: state.root)
    try state.load(fixture.part(part))
    return (network, state, fixture)
  }
}
