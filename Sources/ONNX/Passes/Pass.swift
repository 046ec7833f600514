// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A change of a model that leaves what it computes as it is, apart from rounding.
public enum Pass: String, Sendable, Hashable, Codable, CaseIterable {
  /// Turns `Constant` nodes into initializers.
  case constantsToInitializers
  /// Removes `Identity`, and `Dropout` as it behaves outside training.
  case removeIdentities
  /// Turns `MatMul` of matrices and `Add` of a constant row into `Gemm`.
  case fuseMatMulAdd
  /// Folds `BatchNormalization` into the `Conv` or `Gemm` before it. The new weights are computed in double precision.
  case foldBatchNormalization
  /// Removes nodes and initializers that nothing reads.
  case removeDeadCode

  /// All passes, in the order in which they help each other.
  public static var standard: [Pass] {
    [.constantsToInitializers, .removeIdentities, .fuseMatMulAdd, .foldBatchNormalization, .removeDeadCode]
  }
}

extension Model {
  /// The model after passes, applied in the given order.
  /// - Throws: `ONNXError` if the shapes of a node's tensors don't fit, or a weight can't be read.
  public func applying(_ passes: [Pass]) throws(ONNXError) -> Model {
    var model = self
    for pass in passes {
      switch pass {
      case .constantsToInitializers: model.turnConstantsIntoInitializers()
      case .removeIdentities: model.removeIdentities()
      case .fuseMatMulAdd: try model.fuseMatMulAdd()
      case .foldBatchNormalization: try model.foldBatchNormalization()
      case .removeDeadCode: model.removeDeadCode()
      }
    }
    model.proto.graph.forgetStaleDeclarations()
    return model
  }
}

extension Onnx_GraphProto {
  /// Drops declarations of tensors that are gone.
  fileprivate mutating func forgetStaleDeclarations() {
    let existing = Set(node.flatMap(\.output))
    valueInfo.removeAll { !existing.contains($0.name) }
  }

  /// Replaces the value of a constant: in place if `consumer` alone reads it, else beside it under a new name.
  mutating func replaceConstant(
    input: Int, of consumer: Int, by tensor: Onnx_TensorProto, _ index: GraphIndex, _ names: inout FreshNames
  ) {
    let old = node[consumer].input(input)
    var tensor = tensor
    if let old, let position = index.constants[old], index.hasSoleConsumer(old) {
      tensor.name = old
      initializer[position] = tensor
    } else {
      tensor.name = names.name((old ?? node[consumer].output.first ?? "tensor") + "_folded")
      initializer.append(tensor)
      while node[consumer].input.count <= input { node[consumer].input.append("") }
      node[consumer].input[input] = tensor.name
    }
  }
}
