// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Model {
  /// Infers element types and shapes of the graph's tensors from its inputs and initializers.
  ///
  /// Tensors of operators without a rule here stay unknown, unless the file declares them. Subgraphs are not entered.
  /// - Returns: What is known, by the tensor's name.
  /// - Throws: `ONNXError` that names the first node whose inputs do not fit together.
  public func inferredTensors() throws(ONNXError) -> [String: InferredTensor] {
    var inference = ShapeInference(graph: proto.graph, opset: opset)
    try inference.run()
    return inference.tensors
  }

  /// The model with the inferred types and shapes written down (`value_info`), and with its outputs' shapes completed.
  /// - Throws: `ONNXError` that names the first node whose inputs do not fit together.
  public func inferringShapes() throws(ONNXError) -> Model {
    let tensors = try inferredTensors()
    var graph = proto.graph
    let declared = Set((graph.input + graph.output).map(\.name) + graph.initializer.map(\.name))
    var written: Set<String> = []
    graph.valueInfo = graph.node.flatMap(\.output).compactMap { name in
      guard !name.isEmpty, !declared.contains(name), written.insert(name).inserted else { return nil }
      guard let type = tensors[name]?.proto else { return nil }
      var value = Onnx_ValueInfoProto()
      value.name = name
      value.type = type
      return value
    }
    for (index, output) in graph.output.enumerated() {
      if let type = tensors[output.name]?.proto { graph.output[index].type = type }
    }
    var result = self
    result.proto.graph = graph
    return result
  }
}
