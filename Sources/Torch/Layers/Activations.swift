// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A function of each element: PyTorch's `nn.ReLU`, `nn.ReLU6`, `nn.Hardswish`, `nn.SiLU` and so on.
public struct Elementwise: Module {
  /// The function.
  public let function: ActivationFunction
  /// Whether the input's memory is overwritten.
  public let isInPlace: Bool
  /// The layer's path.
  public let path: String

  /// Makes the layer.
  /// - Parameter isInPlace: Overwrites the layer's input, which must then be needed by nobody else: not by another branch,
  ///   nor by the layer before for its gradient. After a normalisation or a convolution that is so.
  public init(_ function: ActivationFunction, isInPlace: Bool = false, in scope: Scope) {
    self.function = function
    self.isInPlace = isInPlace
    path = scope.path
  }

  /// The function of the input.
  public func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    try input.activated(function, isInPlace: isInPlace, at: path)
  }
}

/// Negative elements replaced by 0, PyTorch's `nn.ReLU`.
public struct ReLU: Module {
  private let path: String

  /// Makes the layer.
  public init(in scope: Scope) { path = scope.path }

  /// The input with negative elements replaced.
  public func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation { try input.relu(at: path) }
}

/// All dimensions after the first as one, PyTorch's `nn.Flatten`.
public struct Flatten: Module {
  private let path: String

  /// Makes the layer.
  public init(in scope: Scope) { path = scope.path }

  /// Vectors: batch × elements.
  public func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation { try input.flattened(at: path) }
}

/// In training sets elements to 0 at random and scales the others up, PyTorch's `nn.Dropout`; otherwise does nothing.
public struct Dropout: Module {
  /// The share of elements that are set to 0.
  public let probability: Double

  /// Makes the layer.
  /// - Throws: `TorchError` if the probability is outside 0 to 1.
  public init(_ probability: Double) throws(TorchError) {
    self.probability = try TorchError.checked(probability: probability, of: "dropout")
  }

  /// The thinned input in training, the input itself in evaluation.
  public func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    guard mode == .training else { return input }
    return Activation(try input.tensor.droppedOut(probability: probability, isTraining: true))
  }
}
