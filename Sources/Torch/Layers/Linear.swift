// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ONNX

/// A fully connected layer, PyTorch's `nn.Linear`: `input · weightᵀ + bias`.
///
/// The last dimension of the input is the layer's inputs. Parameters: `weight`, outputs × inputs; `bias`, outputs.
public struct Linear: Module {
  private let path: String
  private let weight: StateTensor
  private let bias: StateTensor?

  /// Makes the layer with PyTorch's default initialisation.
  /// - Throws: `TorchError` if a number is below 1.
  public init(_ inputs: Int, _ outputs: Int, hasBias: Bool = true, in scope: Scope) throws(TorchError) {
    guard inputs >= 1, outputs >= 1 else {
      throw TorchError(
        .invalidArgument, "the linear layer '\(scope.path)' can't be made",
        because: "it has \(inputs) inputs and \(outputs) outputs", remedy: "use at least one of each")
    }
    weight = try scope.parameter("weight", shape: [outputs, inputs], .kaimingUniform(fanIn: inputs))
    let bound = 1 / Double(inputs).squareRoot()
    bias = hasBias ? try scope.parameter("bias", shape: [outputs], .uniform(bound: bound)) : nil
    path = scope.path
  }

  /// The layer's output; its last dimension is the layer's outputs.
  public func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    let result = try input.tensor.linear(weight: weight.tensor, bias: bias?.tensor)
    guard try input.tensor.shape.count != 2 else {
      return try input.recording(
        "Gemm", at: path, operands: [.state(weight)] + (bias.map { [.state($0)] } ?? []),
        attributes: ["transB": .int(1)], result: result)
    }
    return try recordingProduct(input, result)
  }

  /// Gemm takes matrices only; inputs of other ranks become MatMul and Add.
  private func recordingProduct(_ input: Activation, _ result: TorchTensor) throws -> Activation {
    guard input.isTraced else { return Activation(result) }
    let transposed = try weight.tensor.permuted([1, 0])
    let product = try input.recording(
      "MatMul", at: path, operands: [.constant("weight_transposed", transposed)],
      result: input.tensor.matrixProduct(transposed))
    guard let bias else { return product }
    return try product.recording("Add", at: path, operands: [.state(bias)], result: result)
  }
}
