// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Tensors

/// A tensor for each parameter that an optimizer remembers between steps, made when it is first needed.
struct OptimizerMemory {
  private var tensors: [String: TorchTensor] = [:]

  /// Whether nothing is remembered for a parameter yet.
  func isNew(_ parameter: StateTensor) -> Bool { tensors[parameter.name] == nil }

  /// The parameters' tensors in their order, zeros for new ones.
  mutating func of(_ parameters: [StateTensor]) throws(TorchError) -> [TorchTensor] {
    var found: [TorchTensor] = []
    for parameter in parameters {
      if let tensor = tensors[parameter.name] {
        found.append(tensor)
      } else {
        let tensor = try parameter.zeros()
        tensors[parameter.name] = tensor
        found.append(tensor)
      }
    }
    return found
  }

  /// A copy of everything, under the parameters' names and `suffix`.
  func saved(_ suffix: String) throws(TorchError) -> [String: Tensor] {
    var saved: [String: Tensor] = [:]
    for (name, tensor) in tensors { saved[name + suffix] = try tensor.toTensor() }
    return saved
  }

  /// Takes over what ``saved(_:)`` gave for `parameters`, on their devices and in their order of memory.
  /// - Throws: `TorchError` if a shape is another.
  init(_ saved: [String: Tensor], _ suffix: String, for parameters: [StateTensor]) throws {
    for parameter in parameters {
      guard let tensor = saved[parameter.name + suffix] else { continue }
      let shape = try parameter.tensor.shape
      guard tensor.shape == shape else {
        throw TorchError.foreignOptimizerState("'\(parameter.name)' has the shape \(shape), not \(tensor.shape)")
      }
      let own = try parameter.zeros()
      try own.copy(from: TorchTensor(tensor, in: own.library))
      tensors[parameter.name] = own
    }
  }

  init() {}

  /// Number of parameters that something is remembered for.
  var count: Int { tensors.count }
}

extension StateTensor {
  /// Zeros of the tensor's shape, device and order of memory, apart from gradients.
  fileprivate func zeros() throws(TorchError) -> TorchTensor { try tensor.detached().zerosLike() }
}
