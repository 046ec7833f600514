// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Who gives and who reads each tensor of a graph, as it was when the index was made.
struct GraphIndex {
  /// The node that gives a tensor.
  private(set) var producers: [String: Int] = [:]
  /// The nodes that read a tensor, once per place where they do.
  private(set) var consumers: [String: [Int]] = [:]
  /// Names that subgraphs read; they may mean tensors of this graph.
  private(set) var captured: Set<String> = []
  let inputs: Set<String>
  let outputs: Set<String>
  /// Positions of the initializers that nothing can override: those that are no inputs of the graph.
  private(set) var constants: [String: Int] = [:]

  init(_ graph: Onnx_GraphProto) {
    inputs = Set(graph.input.map(\.name))
    outputs = Set(graph.output.map(\.name))
    for (index, initializer) in graph.initializer.enumerated() where !inputs.contains(initializer.name) {
      constants[initializer.name] = index
    }
    for (index, node) in graph.node.enumerated() {
      for input in node.input where !input.isEmpty { consumers[input, default: []].append(index) }
      for output in node.output where !output.isEmpty { producers[output] = index }
      for subgraph in node.subgraphs { subgraph.collectReadNames(into: &captured) }
    }
  }

  /// Whether exactly one node reads the tensor and nothing else can see it.
  func hasSoleConsumer(_ tensor: String) -> Bool {
    consumers[tensor]?.count == 1 && !outputs.contains(tensor) && !captured.contains(tensor)
  }

  /// Whether anything reads the tensor.
  func isUsed(_ tensor: String) -> Bool {
    consumers[tensor]?.isEmpty == false || outputs.contains(tensor) || captured.contains(tensor)
  }
}

extension Onnx_NodeProto {
  /// The graphs among the node's attributes.
  var subgraphs: [Onnx_GraphProto] {
    attribute.flatMap { ($0.hasG ? [$0.g] : []) + $0.graphs }
  }

  /// Whether the node is this operator of ONNX's own domain.
  func `is`(_ operatorType: String) -> Bool {
    opType == operatorType && canonicalDomain(domain).isEmpty
  }

  /// The name of an input, or `nil` if it is left out.
  func input(_ index: Int) -> String? {
    index < input.count && !input[index].isEmpty ? input[index] : nil
  }

  /// The typed value of an attribute.
  func value(_ name: String) -> AttributeValue? {
    attribute.first { $0.name == name }?.value
  }

  func int(_ name: String, default value: Int64) -> Int64 {
    if case .int(let found)? = self.value(name) { found } else { value }
  }

  func float(_ name: String, default value: Float) -> Float {
    if case .float(let found)? = self.value(name) { found } else { value }
  }
}

extension Onnx_GraphProto {
  /// Adds every name that the graph or a graph inside it reads.
  fileprivate func collectReadNames(into names: inout Set<String>) {
    for node in node {
      names.formUnion(node.input)
      for subgraph in node.subgraphs { subgraph.collectReadNames(into: &names) }
    }
    names.formUnion(output.map(\.name))
  }

  /// Every name that the graph or a graph inside it uses for a tensor.
  func collectAllNames(into names: inout Set<String>) {
    names.formUnion(input.map(\.name))
    names.formUnion(output.map(\.name))
    names.formUnion(initializer.map(\.name))
    names.formUnion(sparseInitializer.map(\.values.name))
    for node in node {
      names.formUnion(node.input)
      names.formUnion(node.output)
      names.insert(node.name)
      for subgraph in node.subgraphs { subgraph.collectAllNames(into: &names) }
    }
  }
}
