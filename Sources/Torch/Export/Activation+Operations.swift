// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ONNX

/// Operations that a module may do between its layers; each takes the module's path to name its node.
extension Activation {
  /// Exponentials that add up to 1 along a dimension.
  public func softmax(along dimension: Int, at path: String) throws(TorchError) -> Activation {
    try recording(
      "Softmax", at: path, attributes: ["axis": .int(Int64(dimension))], result: tensor.softmax(along: dimension))
  }

  /// The sum with another activation, such as a residual connection's.
  /// - Parameter isInPlace: Adds to this activation's own memory, whose old elements nobody may need any more.
  public func adding(
    _ other: Activation, isInPlace: Bool = false, at path: String
  ) throws(TorchError) -> Activation {
    let sum: TorchTensor
    if isInPlace {
      try tensor.add(other.tensor)
      sum = tensor
    } else {
      sum = try tensor + other.tensor
    }
    return try recording("Add", at: path, operands: [.activation(other)], result: sum)
  }

  /// The product with another activation, element by element.
  public func multiplying(_ other: Activation, at path: String) throws(TorchError) -> Activation {
    try recording("Mul", at: path, operands: [.activation(other)], result: tensor * other.tensor)
  }

  /// Activations behind one another along a dimension.
  public func concatenated(
    with others: [Activation], along dimension: Int, at path: String
  ) throws(TorchError) -> Activation {
    try recording(
      "Concat", at: path, operands: others.map(Operand.activation), attributes: ["axis": .int(Int64(dimension))],
      result: .concatenated([tensor] + others.map(\.tensor), along: dimension))
  }

  /// The dimensions in another order.
  public func permuted(_ dimensions: [Int], at path: String) throws(TorchError) -> Activation {
    try recording(
      "Transpose", at: path, attributes: ["perm": .ints(dimensions.map(Int64.init))],
      result: tensor.permuted(dimensions))
  }

  /// All dimensions after the first as one, so that a batch of images becomes a batch of vectors.
  public func flattened(at path: String) throws(TorchError) -> Activation {
    try recording("Flatten", at: path, attributes: ["axis": .int(1)], result: tensor.flattened(from: 1))
  }
}
