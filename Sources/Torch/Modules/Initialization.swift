// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Tensors

/// How a new parameter's values are chosen.
public enum Initialization: Sendable, Hashable {
  /// Every element is this value.
  case constant(Double)
  /// Uniform over `[-bound, bound)`.
  case uniform(bound: Double)
  /// Normal with mean 0.
  case normal(standardDeviation: Double)
  /// PyTorch's default for the weights of convolutions and linear layers, Kaiming uniform with a = √5: uniform with the
  /// bound √(6 / ((1 + a²) · fan-in)) = 1 / √fan-in (He et al., 2015, "Delving deep into rectifiers", equation 14).
  case kaimingUniform(fanIn: Int)
  /// Normal with mean 0 and the deviation √(2 / fan-out), for layers before a rectifier; PyTorch's
  /// `kaiming_normal_(mode="fan_out")` (He et al., 2015, equation 15).
  case kaimingNormal(fanOut: Int)

  /// A float32 tensor; draws from LibTorch's generator, so that equal seeds give PyTorch's own values.
  func makeTensor(shape: [Int], in library: TorchLibrary) throws(TorchError) -> TorchTensor {
    let tensor = try TorchTensor.full(0, shape: shape, in: library)
    try fill(tensor)
    return tensor
  }

  func fill(_ tensor: TorchTensor) throws(TorchError) {
    switch self {
    case .constant(let value): try tensor.fill(value)
    case .uniform(let bound): try Self.fill(tensor, within: bound)
    case .normal(let deviation): try tensor.fillNormally(mean: 0, standardDeviation: deviation)
    case .kaimingUniform(let fanIn): try Self.fill(tensor, within: Self.kaimingBound(fanIn))
    case .kaimingNormal(let fanOut):
      try tensor.fillNormally(mean: 0, standardDeviation: 2.0.squareRoot() / Double(max(fanOut, 1)).squareRoot())
    }
  }

  private static func fill(_ tensor: TorchTensor, within bound: Double) throws(TorchError) {
    guard bound > 0 else { return }
    try tensor.fillUniformly(-bound..<bound)
  }

  /// In PyTorch's order of operations, so that rounding agrees.
  private static func kaimingBound(_ fanIn: Int) -> Double {
    guard fanIn > 0 else { return 0 }
    let gain = (2.0 / (1 + 5.0)).squareRoot()
    return 3.0.squareRoot() * (gain / Double(fanIn).squareRoot())
  }
}
