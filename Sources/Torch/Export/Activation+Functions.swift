// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ONNX

/// Functions of each element and their ONNX nodes.
extension Activation {
  /// Negative elements replaced by 0.
  public func relu(at path: String) throws(TorchError) -> Activation { try activated(.relu, at: path) }

  /// 1 / (1 + e^-x) of each element.
  public func sigmoid(at path: String) throws(TorchError) -> Activation { try activated(.sigmoid, at: path) }

  /// The function of each element.
  /// - Parameter isInPlace: Overwrites this activation's memory, whose old elements nobody may need any more.
  public func activated(
    _ function: ActivationFunction, isInPlace: Bool = false, at path: String
  ) throws(TorchError) -> Activation {
    // What a trace takes from an intermediate result is its name, so that the last one stands for all.
    let result = try tensor.activated(function, isInPlace: isInPlace && function != .gelu)
    guard isTraced else { return Activation(result) }
    switch function {
    case .relu: return try recording("Relu", at: path, result: result)
    case .relu6: return try recordingClip(0, 6, path, result)
    case .hardSwish: return try recording("HardSwish", at: path, result: result)
    case .hardSigmoid:
      let attributes: [String: AttributeValue] = ["alpha": .float(1.0 / 6), "beta": .float(0.5)]
      return try recording("HardSigmoid", at: path, attributes: attributes, result: result)
    case .silu:
      let gate = try recording("Sigmoid", at: path, result: result)
      return try recording("Mul", at: path, operands: [.activation(gate)], result: result)
    case .gelu: return try recordingGELU(path, result)
    case .sigmoid: return try recording("Sigmoid", at: path, result: result)
    case .tanh: return try recording("Tanh", at: path, result: result)
    }
  }

  private func recordingClip(
    _ low: Double, _ high: Double, _ path: String, _ result: TorchTensor
  ) throws(TorchError) -> Activation {
    let bounds: [Operand] = [.constant("min", try number(low)), .constant("max", try number(high))]
    return try recording("Clip", at: path, operands: bounds, result: result)
  }

  /// x / 2 · (1 + erf(x / √2)): ONNX has an operator for it only from operator set 20 on.
  private func recordingGELU(_ path: String, _ result: TorchTensor) throws(TorchError) -> Activation {
    let root = Operand.constant("root", try number(2.0.squareRoot()))
    let (one, half) = (Operand.constant("one", try number(1)), Operand.constant("half", try number(0.5)))
    let error = try recording("Div", at: path, operands: [root], result: result)
      .recording("Erf", at: path, result: result).recording("Add", at: path, operands: [one], result: result)
    return try recording("Mul", at: path, operands: [.activation(error)], result: result)
      .recording("Mul", at: path, operands: [half], result: result)
  }

  private func number(_ value: Double) throws(TorchError) -> TorchTensor {
    try .full(value, shape: [], elementType: tensor.elementType, in: tensor.library)
  }
}
