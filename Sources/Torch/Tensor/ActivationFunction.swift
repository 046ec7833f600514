// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim

/// A function that is applied to each element after a layer.
public enum ActivationFunction: String, Sendable, Hashable, Codable, CaseIterable {
  /// max(x, 0).
  case relu
  /// min(max(x, 0), 6).
  case relu6
  /// x · relu6(x + 3) / 6 (Howard et al., 2019, "Searching for MobileNetV3").
  case hardSwish = "hardswish"
  /// relu6(x + 3) / 6.
  case hardSigmoid = "hardsigmoid"
  /// x · sigmoid(x), also called swish (Elfwing et al., 2018, "Sigmoid-Weighted Linear Units").
  case silu
  /// x · Φ(x) with the normal distribution's Φ (Hendrycks and Gimpel, 2016, "Gaussian Error Linear Units").
  case gelu
  /// 1 / (1 + e^-x).
  case sigmoid
  /// The hyperbolic tangent.
  case tanh

  var torch: galley_torch_activation {
    switch self {
    case .relu: galley_torch_activation(GALLEY_TORCH_RELU)
    case .relu6: galley_torch_activation(GALLEY_TORCH_RELU6)
    case .hardSwish: galley_torch_activation(GALLEY_TORCH_HARDSWISH)
    case .hardSigmoid: galley_torch_activation(GALLEY_TORCH_HARDSIGMOID)
    case .silu: galley_torch_activation(GALLEY_TORCH_SILU)
    case .gelu: galley_torch_activation(GALLEY_TORCH_GELU)
    case .sigmoid: galley_torch_activation(GALLEY_TORCH_SIGMOID)
    case .tanh: galley_torch_activation(GALLEY_TORCH_TANH)
    }
  }
}

extension TorchTensor {
  /// The function of each element.
  /// - Parameter isInPlace: Overwrites this tensor, whose old elements nobody may need any more, and gives it back;
  ///   saves its memory. Not for GELU.
  public func activated(_ function: ActivationFunction, isInPlace: Bool = false) throws(TorchError) -> TorchTensor {
    try library.make("\(function.rawValue)") { library.api.activate(handle, function.torch, isInPlace ? 1 : 0, $0) }
  }

  /// The elements, with negative ones replaced by 0.
  public func relu() throws(TorchError) -> TorchTensor { try activated(.relu) }

  /// 1 / (1 + e^-x) of each element.
  public func sigmoid() throws(TorchError) -> TorchTensor { try activated(.sigmoid) }

  /// The hyperbolic tangents.
  public func hyperbolicTangent() throws(TorchError) -> TorchTensor { try activated(.tanh) }
}
