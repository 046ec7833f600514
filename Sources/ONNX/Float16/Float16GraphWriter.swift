// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

/// Writes a graph again with float16 in the place of float32.
///
/// Graphs are entered from the outside in; the innermost one is the last frame. A tensor is converted lazily, where it
/// is first wanted in the other precision, so that neighbours that stay float32 pass it on without a detour.
struct Float16GraphWriter {
  let options: Float16Conversion.Options
  let opset: Int
  let functions: Set<QualifiedName>
  let kept: [String: String]
  var names: FreshNames
  var frames: [Float16Frame] = []
  var report = Float16Conversion.Report()
  var hasChanged = false

  init(_ model: Model, _ options: Float16Conversion.Options) {
    self.options = options
    opset = model.opset
    functions = Set(model.proto.functions.map { QualifiedName(domain: canonicalDomain($0.domain), name: $0.name) })
    names = FreshNames(avoiding: model.proto.graph)
    var kept = Dictionary(
      KeptOperator.standard.map { ($0.operatorType, $0.reason) }, uniquingKeysWith: { first, _ in first })
    for name in options.admittedOperators { kept[name] = nil }
    for name in options.excludedOperators { kept[name] = "the operator is excluded" }
    self.kept = kept
  }

  /// The whole graph of a model.
  mutating func convert(_ graph: Onnx_GraphProto) throws(ONNXError) -> Onnx_GraphProto {
    let edges: Precision = options.keepsInputsAndOutputs ? .single : .half
    frames = [Float16Frame(graph, isKept: false, outputs: edges)]
    return try finish(graph, inputs: edges, inputTypes: graph.input.map(\.type.tensorType.elemType))
  }

  /// A subgraph; its frame is gone afterwards.
  /// - Parameter inputTypes: element types of its inputs, 0 where only the declaration may know.
  /// - Returns: the subgraph and the element types that its outputs had.
  mutating func convert(
    subgraph: Onnx_GraphProto, isKept: Bool, inputTypes: [Int32]
  ) throws(ONNXError) -> (graph: Onnx_GraphProto, outputs: [Int32]) {
    let isKept = isKept || frames.last?.isKept == true
    let edges: Precision = isKept ? .single : .half
    frames.append(Float16Frame(subgraph, isKept: isKept, outputs: edges))
    defer { frames.removeLast() }
    let declared = subgraph.input.map(\.type.tensorType.elemType)
    let types = declared.enumerated().map { index, type in
      type != 0 || index >= inputTypes.count ? type : inputTypes[index]
    }
    let graph = try finish(subgraph, inputs: edges, inputTypes: types)
    let outputs = subgraph.output.map { output in
      frames.last?.tensors[output.name].map(\.elementType) ?? output.type.tensorType.elemType
    }
    return (graph, outputs)
  }

  /// Fills the last frame from a graph, and gives the graph that it became.
  private mutating func finish(
    _ graph: Onnx_GraphProto, inputs precision: Precision, inputTypes: [Int32]
  ) throws(ONNXError) -> Onnx_GraphProto {
    var graph = graph
    for (index, input) in graph.input.enumerated() {
      // A sequence of tensors has an element type too, but not as a tensor.
      let type = index < inputTypes.count ? inputTypes[index] : 0
      declare(input: input.name, type, precision)
      if type == 1, precision == .half {
        if case .tensorType = input.type.value { graph.input[index].type.tensorType.elemType = 10 }
        hasChanged = true
      }
    }
    for initializer in graph.initializer { try declare(constant: initializer) }
    for sparse in graph.sparseInitializer {
      set(sparse.values.name, .unchanged(sparse.values.name, sparse.values.dataType))
    }
    for (position, node) in graph.node.enumerated() { try convert(node, position) }
    writeConstants(into: &graph)
    if precision == .half {
      for index in graph.output.indices where isFloat32Tensor(graph.output[index]) {
        guard find(graph.output[index].name)?.isConvertible != false else { continue }
        graph.output[index].type.tensorType.elemType = 10
        hasChanged = true
      }
    }
    correctDeclarations(of: &graph)
    graph.node = frames.last?.nodes ?? []
    return graph
  }

  private func isFloat32Tensor(_ value: Onnx_ValueInfoProto) -> Bool {
    if case .tensorType(let tensor)? = value.type.value { tensor.elemType == 1 } else { false }
  }

  private mutating func declare(input name: String, _ type: Int32, _ precision: Precision) {
    var tensor = Float16Tensor(elementType: type)
    if type == 1, precision == .half { tensor.half = name } else { tensor.single = name }
    set(name, tensor)
  }

  /// A float32 constant waits until it is known in which precision it is wanted.
  mutating func declare(constant: Onnx_TensorProto) throws(ONNXError) {
    guard constant.dataType == 1 else { return set(constant.name, .unchanged(constant.name, constant.dataType)) }
    var tensor = Float16Tensor(elementType: 1)
    tensor.constant = constant
    set(constant.name, tensor)
    // What the graph gives must keep its name, so this precision comes first.
    guard let frame = frames.last, frame.outputNames.contains(constant.name) else { return }
    _ = try name(of: constant.name, in: frame.outputs)
  }

  /// The initializers in their old order, then those that are new.
  private func writeConstants(into graph: inout Onnx_GraphProto) {
    guard let frame = frames.last else { return }
    let written = Dictionary(grouping: frame.constants.indices) { frame.constants[$0].name }
    var placed: Set<Int> = []
    var result: [Onnx_TensorProto] = []
    for initializer in graph.initializer {
      if initializer.dataType == 1, let position = written[initializer.name]?.first {
        result.append(frame.constants[position])
        placed.insert(position)
      } else {
        result.append(initializer)
      }
    }
    graph.initializer = result + frame.constants.indices.filter { !placed.contains($0) }.map { frame.constants[$0] }
  }

  /// Declarations of intermediate tensors follow what became of these.
  private func correctDeclarations(of graph: inout Onnx_GraphProto) {
    let tensors = frames.last?.tensors ?? [:]
    graph.valueInfo = graph.valueInfo.compactMap { value in
      guard isFloat32Tensor(value), let tensor = tensors[value.name], tensor.isConvertible else { return value }
      if tensor.single == value.name { return value }
      guard tensor.half == value.name else { return nil }
      var value = value
      value.type.tensorType.elemType = 10
      return value
    }
  }
}
