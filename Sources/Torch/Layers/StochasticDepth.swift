// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// In training drops whole items of a residual branch at random and scales the others up, torchvision's
/// `StochasticDepth` by rows; otherwise does nothing (Huang et al., 2016, "Deep Networks with Stochastic Depth").
public struct StochasticDepth: Module {
  /// The share of items that are dropped.
  public let probability: Double

  /// Makes the layer.
  /// - Throws: `TorchError` if the probability is outside 0 to 1.
  public init(_ probability: Double) throws(TorchError) {
    self.probability = try TorchError.checked(probability: probability, of: "stochastic depth")
  }

  /// The thinned batch in training, the input itself in evaluation.
  public func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    guard mode == .training, probability > 0 else { return input }
    let tensor = input.tensor
    let rank = try tensor.shape.count
    let noise = try TorchTensor.full(
      0, shape: [try tensor.shape[0]] + [Int](repeating: 1, count: rank - 1), elementType: tensor.elementType,
      on: tensor.device, in: tensor.library)
    let survival = 1 - probability
    try noise.fillRandomly(probability: survival)
    if survival > 0 { try noise.divide(by: survival) }
    return Activation(try tensor * noise)
  }
}
