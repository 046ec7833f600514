// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import ONNX

/// A tensor on its way through a network; while a graph is traced, also the name by which the graph knows it.
///
/// Every operation computes with LibTorch at once, and records its ONNX node if the activation is traced. So there is
/// one description of a network, and what is exported is what was trained.
public struct Activation {
  /// The values.
  public let tensor: TorchTensor
  /// Where operations are recorded, and the tensor's name there; `nil` outside tracing.
  let traced: (graph: GraphTrace, name: String)?

  /// Whether operations on this activation are recorded.
  public var isTraced: Bool { traced != nil }

  /// An activation that is only computed.
  public init(_ tensor: TorchTensor) {
    self.tensor = tensor
    traced = nil
  }

  init(_ tensor: TorchTensor, traced: (graph: GraphTrace, name: String)?) {
    self.tensor = tensor
    self.traced = traced
  }

  /// The result of an operation on this activation, with its ONNX node recorded if this activation is traced.
  ///
  /// Modules with operations that are not here use this to stay exportable.
  /// - Parameters:
  ///   - operatorType: ONNX's operator, such as `Conv`.
  ///   - path: The module's path, under which the node is named.
  ///   - operands: Further inputs after this activation: parameters, constants, other activations.
  ///   - attributes: The operator's attributes.
  ///   - result: What LibTorch computed.
  /// - Throws: `TorchError` if another activation among the operands is not traced.
  public func recording(
    _ operatorType: String, at path: String, operands: [Operand] = [], attributes: [String: AttributeValue] = [:],
    result: TorchTensor
  ) throws(TorchError) -> Activation {
    guard let traced else { return Activation(result) }
    var inputs = [traced.name]
    for operand in operands { inputs.append(try traced.graph.name(of: operand, for: path)) }
    let name = traced.graph.addNode(operatorType, at: path, inputs: inputs, attributes: attributes)
    return Activation(result, traced: (traced.graph, name))
  }
}

/// An input of an ONNX node beside the activation that flows through.
public enum Operand {
  /// A parameter or buffer, which becomes an initializer under its state-dict name.
  case state(StateTensor)
  /// A constant, such as a shape, which becomes an initializer named after the module.
  case constant(String, TorchTensor)
  /// The result of another operation.
  case activation(Activation)
  /// An optional input that is left out.
  case absent
}
