// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ONNX
internal import Tensors

/// Collects the nodes and initializers of a graph while a module computes.
final class GraphTrace {
  private struct TracedNode {
    var operatorType: String
    var inputs: [String]
    var output: String
    var attributes: [String: AttributeValue]
    var name: String
  }

  private let input: (name: String, tensor: TorchTensor)
  private var nodes: [TracedNode] = []
  private var initializers: [(name: String, tensor: Tensor)] = []
  private var initializerNames: Set<String> = []
  private var nodeCounts: [String: Int] = [:]

  /// Begins a graph whose one input stands for `tensor`.
  init(inputName: String, _ tensor: TorchTensor) {
    input = (inputName, tensor)
  }

  /// The activation that a module computes with.
  var inputActivation: Activation { Activation(input.tensor, traced: (self, input.name)) }

  /// Adds a node under the module's path and gives the name of its output.
  func addNode(
    _ operatorType: String, at path: String, inputs: [String], attributes: [String: AttributeValue]
  ) -> String {
    let base = path.isEmpty ? operatorType : "\(path)/\(operatorType)"
    let count = nodeCounts[base, default: 0]
    nodeCounts[base] = count + 1
    // A module may be used twice; its nodes then need different names.
    let name = count == 0 ? base : "\(base)_\(count)"
    let output = "\(name)_output"
    nodes.append(
      TracedNode(operatorType: operatorType, inputs: inputs, output: output, attributes: attributes, name: name))
    return output
  }

  /// The name under which a node of the module at `path` takes `operand`.
  func name(of operand: Operand, for path: String) throws(TorchError) -> String {
    switch operand {
    case .state(let state): return try addInitializer(state.name, state.tensor)
    case .constant(let name, let tensor): return try addInitializer(path.isEmpty ? name : "\(path)/\(name)", tensor)
    case .activation(let activation): return try name(of: activation, "an operand of '\(path)'")
    case .absent: return ""
    }
  }

  /// The whole graph, with `activation` as its output under `outputName`.
  func finish(
    _ activation: Activation, inputDimensions: [Dimension], outputName: String, outputDimensions: [Dimension]
  ) throws(TorchError) -> GraphBuilder {
    var graph = GraphBuilder()
    graph.addInput(name: input.name, elementType: try input.tensor.elementType, dimensions: inputDimensions)
    for (name, tensor) in initializers { graph.addInitializer(name, tensor) }
    let last = try name(of: activation, "the output")
    guard last != input.name else {
      throw .notExportable("the module gives its input back", remedy: "export a module that computes something")
    }
    for node in nodes {
      graph.addNode(
        node.operatorType, inputs: node.inputs.map { $0 == last ? outputName : $0 },
        outputs: [node.output == last ? outputName : node.output], attributes: node.attributes, name: node.name)
    }
    graph.addOutput(name: outputName, elementType: try activation.tensor.elementType, dimensions: outputDimensions)
    return graph
  }

  private func name(of activation: Activation, _ what: String) throws(TorchError) -> String {
    guard let traced = activation.traced, traced.graph === self else {
      throw .notExportable(
        "\(what) was computed outside the trace", remedy: "let the module compute with activations only")
    }
    return traced.name
  }

  private func addInitializer(_ name: String, _ tensor: TorchTensor) throws(TorchError) -> String {
    guard name != input.name else {
      throw .notExportable("the input and a parameter are both called '\(name)'", remedy: "name the input otherwise")
    }
    if initializerNames.insert(name).inserted { initializers.append((name, try tensor.toTensor())) }
    return name
  }
}

extension TorchError {
  static func notExportable(_ reason: String, remedy: String) -> TorchError {
    TorchError(.notExportable, "the model can't be exported", because: reason, remedy: remedy)
  }
}
