// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

extension Model {
  /// The floating-point tensors that nodes of the graph give, in the order of the graph. Those of subgraphs are not among
  /// them: they can't be given to the outside.
  /// - Throws: `ONNXError` that names the first node whose inputs do not fit together.
  public func floatingPointTensors() throws(ONNXError) -> [String] {
    let tensors = try inferredTensors()
    return proto.graph.node.flatMap(\.output).filter { name in
      !name.isEmpty && tensors[name]?.elementType.map(Self.floatingPointTypes.contains) == true
    }
  }

  /// The model with tensors of the graph as further outputs, behind those that it has.
  /// - Parameter names: the tensors; `nil` for all of ``floatingPointTensors()``. A tensor that is an output already
  ///   stays where it is.
  /// - Returns: a model that computes the same. A tensor whose number of dimensions is not known is declared without a
  ///   shape, which runtimes accept.
  /// - Throws: `ONNXError` if there is no such tensor in the graph, it is one of a subgraph, or its element type is not
  ///   known.
  public func exposing(tensors names: [String]? = nil) throws(ONNXError) -> Model {
    let tensors = try inferredTensors()
    let wanted = if let names { names } else { try floatingPointTensors() }
    var present = Set(proto.graph.output.map(\.name))
    var result = self
    for name in wanted where present.insert(name).inserted {
      guard let tensor = tensors[name] else { throw unknownTensor(name) }
      guard let type = tensor.proto else {
        throw ONNXError(
          .unsupported, "a tensor can't be made an output", at: "tensor '\(name)'",
          because: "its element type is not known", remedy: "declare it in the model's value_info, or leave it out")
      }
      var output = Onnx_ValueInfoProto()
      output.name = name
      output.type = type
      result.proto.graph.output.append(output)
    }
    let outputs = Set(result.proto.graph.output.map(\.name))
    result.proto.graph.valueInfo.removeAll { outputs.contains($0.name) }
    return result
  }

  private static let floatingPointTypes: Set<ElementType> = [.float16, .bfloat16, .float32, .float64]

  private func unknownTensor(_ name: String) -> ONNXError {
    let inner = proto.graph.withSubgraphs.dropFirst().contains { graph in
      graph.node.contains { $0.output.contains(name) } || graph.initializer.contains { $0.name == name }
    }
    return ONNXError(
      .invalidArgument, "a tensor can't be made an output", at: "tensor '\(name)'",
      because: inner ? "it belongs to a subgraph" : "the graph has no tensor of this name",
      remedy: inner ? "choose a result of the node that holds the subgraph" : "use one of the names that its nodes give"
    )
  }
}
