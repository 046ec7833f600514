// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Float16GraphWriter {
  /// Converts `If`, `Loop` or `Scan` with its subgraphs: float32 goes in and comes out as float16, unless the node stays.
  mutating func convert(
    control node: Onnx_NodeProto, _ position: Int, _ reason: String?
  ) throws(ONNXError) {
    var result = node
    let precision: Precision = reason == nil ? .half : .single
    for (index, input) in node.input.enumerated() where !input.isEmpty {
      result.input[index] = try name(of: input, in: precision)
    }
    let types = node.input.map(elementType)
    let inputTypes = node.bodyInputTypes(types, opset: opset)
    var outputs: [Int32]?
    for index in result.attribute.indices where result.attribute[index].hasG {
      let (graph, found) = try convert(
        subgraph: result.attribute[index].g, isKept: reason != nil, inputTypes: inputTypes)
      result.attribute[index].g = graph
      let given = node.is("Loop") ? Array(found.dropFirst()) : found
      outputs = outputs.map { zip($0, given).map { $0 != 0 ? $0 : $1 } } ?? given
      if reason == nil, given.contains(0), !node.givesContainers(graph) {
        throw ONNXError(
          .unsupported, "the model can't be converted to float16", at: node.place(position),
          because: "the element type of a result of its subgraph '\(graph.name)' can't be found out",
          remedy: "declare the types of the subgraph's outputs, or exclude the node from the conversion")
      }
    }
    let found = node.output.indices.map { index in outputs.flatMap { index < $0.count ? $0[index] : nil } ?? 0 }
    note(node, reason, touchesFloat32: types.contains(1) || found.contains(1))
    appendWithOutputs(result, found, Array(repeating: precision, count: found.count))
  }

  /// Subgraphs of a node that stays as it is: they read float32.
  mutating func keepSubgraphs(of node: inout Onnx_NodeProto) throws(ONNXError) {
    for index in node.attribute.indices {
      if node.attribute[index].hasG {
        node.attribute[index].g = try convert(subgraph: node.attribute[index].g, isKept: true, inputTypes: []).graph
      }
      for place in node.attribute[index].graphs.indices {
        let graph = node.attribute[index].graphs[place]
        node.attribute[index].graphs[place] = try convert(subgraph: graph, isKept: true, inputTypes: []).graph
      }
    }
  }
}

extension Onnx_NodeProto {
  /// The element types that the inputs of the node's subgraph have. Source: the operators' documentation in ONNX.
  fileprivate func bodyInputTypes(_ types: [Int32], opset: Int) -> [Int32] {
    switch opType {
    // The number of the iteration, the condition, what is carried from one to the next.
    case "Loop": [7, 9] + types.dropFirst(2)
    // Before operator set 9 the lengths of the sequences came first.
    case "Scan": opset < 9 ? Array(types.dropFirst()) : types
    default: []
    }
  }

  /// Whether a subgraph gives sequences or optional values, which have no element type as tensors.
  fileprivate func givesContainers(_ graph: Onnx_GraphProto) -> Bool {
    graph.output.contains { output in
      switch output.type.value {
      case .sequenceType?, .optionalType?, .mapType?: true
      default: false
      }
    }
  }
}
