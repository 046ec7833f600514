// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A float32 tensor of the model, and the names under which it exists in either precision after the conversion.
///
/// Tensors of other types exist once, under their own name.
struct Float16Tensor {
  /// A number of `TensorProto.DataType`; 0 if it is not known.
  var elementType: Int32
  var half: String?
  var single: String?
  /// Whether it was computed from integers, such as extents, and float16 might not hold it exactly.
  var isExact = false
  /// A float32 constant that is written when it is first asked for.
  var constant: Onnx_TensorProto?

  var isConvertible: Bool { elementType == 1 }

  static func unchanged(_ name: String, _ elementType: Int32) -> Float16Tensor {
    Float16Tensor(elementType: elementType, single: name)
  }
}

/// A precision that a tensor is wanted in.
enum Precision { case half, single }

/// One graph or subgraph while it is converted.
struct Float16Frame {
  /// Whether nothing in this graph may become float16.
  let isKept: Bool
  /// The precision in which the graph gives its float32 outputs.
  let outputs: Precision
  let outputNames: Set<String>
  let declared: [String: Int32]
  var nodes: [Onnx_NodeProto] = []
  var tensors: [String: Float16Tensor] = [:]
  /// Constants that were asked for, in the order of their first use.
  var constants: [Onnx_TensorProto] = []

  init(_ graph: Onnx_GraphProto, isKept: Bool, outputs: Precision) {
    self.isKept = isKept
    self.outputs = outputs
    outputNames = Set(graph.output.map(\.name))
    declared = Dictionary(
      (graph.input + graph.output + graph.valueInfo).map { ($0.name, $0.type.tensorType.elemType) },
      uniquingKeysWith: { first, _ in first })
  }
}
