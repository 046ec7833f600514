// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim

/// The gradients of many parameters; those without a gradient are passed over.
extension [StateTensor] {
  /// Forgets the gradients.
  public func clearGradients() throws(TorchError) {
    try withTorch("clearing gradients") { api, list in api.gradients_clear(list) }
  }

  /// Multiplies the gradients.
  public func scaleGradients(by factor: Double) throws(TorchError) {
    try withTorch("scaling gradients") { api, list in api.gradients_scale(list, factor) }
  }

  /// The norm of all gradients as one vector; 0 if there are none.
  /// - Parameter power: The norm's: 2 for the Euclidean one, infinity for the largest magnitude.
  public func gradientNorm(power: Double = 2) throws(TorchError) -> Double {
    var norm = 0.0
    try withTorch("computing the norm of gradients") { api, list in api.gradients_norm(list, power, &norm) }
    return norm
  }

  /// Those that have a gradient.
  func withGradients() throws(TorchError) -> [StateTensor] {
    var exist = [Int32](repeating: 0, count: count)
    try withTorch("looking for gradients") { api, list in api.gradients_exist(list, &exist) }
    return zip(self, exist).filter { $0.1 != 0 }.map(\.0)
  }

  /// Lends the tensors to the shim for one call; does nothing if there are none.
  func withTorch(
    _ operation: String, _ body: (galley_torch_api, galley_torch_tensors) -> galley_torch_status
  ) throws(TorchError) {
    guard let library = first?.tensor.library else { return }
    try library.check(map(\.tensor).withTorchTensors { body(library.api, $0) }, operation)
  }
}

extension [TorchTensor] {
  /// Lends the tensors to the shim for one call.
  func withTorchTensors<Result>(_ body: (galley_torch_tensors) -> Result) -> Result {
    withExtendedLifetime(self) {
      map(\.handle).withUnsafeBufferPointer { buffer in
        body(galley_torch_tensors(values: buffer.baseAddress, count: Int64(buffer.count)))
      }
    }
  }
}

/// How gradients are kept small before a step.
public enum GradientClipping: Sendable, Hashable, Codable {
  /// All gradients together are scaled down to this norm, PyTorch's `clip_grad_norm_` (Pascanu et al., 2013, "On the
  /// difficulty of training recurrent neural networks").
  case norm(Double, power: Double = 2)
  /// Every element is brought into ± this value, PyTorch's `clip_grad_value_`.
  case value(Double)

  /// Changes the gradients of parameters.
  /// - Returns: The norm before, of the clipping's own power; for ``value(_:)`` nil.
  @discardableResult
  public func apply(to parameters: [StateTensor]) throws(TorchError) -> Double? {
    switch self {
    case .norm(let largest, let power):
      var norm = 0.0
      try parameters.withTorch("clipping gradients") { api, list in
        api.gradients_clip_norm(list, largest, power, &norm)
      }
      return norm
    case .value(let largest):
      try parameters.withTorch("clipping gradients") { api, list in api.gradients_clip_values(list, largest) }
      return nil
    }
  }
}
