// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Checks graphs and functions: names, order, and each node.
struct GraphChecker {
  let irVersion: Int64
  let operatorSets: [String: Int]
  let functions: Set<QualifiedName>
  /// Attributes of nodes in a function's body may refer to the function's own.
  let isFunctionBody: Bool

  func check(_ graph: Onnx_GraphProto, within outer: NameScope, isSubgraph: Bool = false) throws(ONNXError) {
    let place = "graph '\(graph.name)'"
    guard !graph.name.isEmpty else { throw .invalid("a graph", "it has no name") }
    for value in graph.input + graph.output { try check(declaration: value, isSubgraph: isSubgraph) }
    var scope = outer.nested()
    for input in graph.input where !scope.insert(input.name) {
      throw .invalid(place, "the input '\(input.name)' is declared twice")
    }
    try checkInitializers(graph, &scope)
    try check(graph.node, &scope)
    for output in graph.output where !scope.containsHere(output.name) {
      throw .invalid(place, "no node gives the output '\(output.name)'")
    }
  }

  func check(_ function: Onnx_FunctionProto) throws(ONNXError) {
    let place = "function '\(function.name)'"
    guard !function.name.isEmpty else { throw .invalid("a function", "it has no name") }
    var scope = NameScope()
    for input in function.input where !scope.insert(input) {
      throw .invalid(place, "the input '\(input)' is declared twice")
    }
    guard Set(function.output).count == function.output.count else {
      throw .invalid(place, "an output is declared twice")
    }
    let imported = function.opsetImport.map { (canonicalDomain($0.domain), Int(clamping: $0.version)) }
    let body = GraphChecker(
      irVersion: irVersion, operatorSets: Dictionary(imported, uniquingKeysWith: max), functions: functions,
      isFunctionBody: true)
    try body.check(function.node, &scope)
    for output in function.output where !scope.containsHere(output) {
      throw .invalid(place, "no node gives the output '\(output)'")
    }
  }

  private func check(declaration value: Onnx_ValueInfoProto, isSubgraph: Bool) throws(ONNXError) {
    guard !value.name.isEmpty else { throw .invalid("a graph's input or output", "it has no name") }
    if isSubgraph { return }
    let place = "tensor '\(value.name)'"
    guard value.hasType, let type = value.type.value else { throw .invalid(place, "it is declared without a type") }
    switch type {
    case .tensorType(let tensor): try check(tensor.elemType, tensor.hasShape, place)
    case .sparseTensorType(let tensor): try check(tensor.elemType, tensor.hasShape, place)
    default: return
    }
  }

  private func check(_ elementType: Int32, _ hasShape: Bool, _ place: String) throws(ONNXError) {
    guard elementType != 0 else { throw .invalid(place, "it is declared without an element type") }
    guard hasShape else { throw .invalid(place, "it is declared without a shape") }
  }

  private func checkInitializers(_ graph: Onnx_GraphProto, _ scope: inout NameScope) throws(ONNXError) {
    var names: Set<String> = []
    for initializer in graph.initializer {
      let name = initializer.name
      guard !name.isEmpty else { throw .invalid("graph '\(graph.name)'", "an initializer has no name") }
      guard names.insert(name).inserted else { throw .invalid("initializer '\(name)'", "it is defined twice") }
      try initializer.check(at: "initializer '\(name)'")
      guard scope.insert(name) || scope.containsHere(name) else { continue }
      if irVersion <= 3, !graph.input.contains(where: { $0.name == name }) {
        throw .invalid("initializer '\(name)'", "in this format version it must be an input of the graph too")
      }
    }
    for sparse in graph.sparseInitializer {
      let name = sparse.values.name
      guard !name.isEmpty else { throw .invalid("graph '\(graph.name)'", "a sparse initializer has no name") }
      guard names.insert(name).inserted else { throw .invalid("initializer '\(name)'", "it is defined twice") }
      try sparse.check(at: "initializer '\(name)'")
      _ = scope.insert(name)
    }
  }

  private func check(_ nodes: [Onnx_NodeProto], _ scope: inout NameScope) throws(ONNXError) {
    for (index, node) in nodes.enumerated() {
      let place = node.place(index)
      for input in node.input where !input.isEmpty && !scope.contains(input) {
        throw .invalid(place, reasonForMissing(input, of: index, in: nodes))
      }
      try check(node, place, scope)
      for output in node.output where !output.isEmpty {
        guard !scope.contains(output), scope.insert(output) else {
          throw .invalid(place, "its output '\(output)' is defined already")
        }
      }
    }
  }
}

extension Onnx_NodeProto {
  /// How messages name a node.
  func place(_ index: Int) -> String {
    name.isEmpty ? "node number \(index + 1) (\(opType))" : "node '\(name)' (\(opType))"
  }
}
