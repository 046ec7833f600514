// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

extension Model {
  mutating func turnConstantsIntoInitializers() {
    let outputs = Set(proto.graph.output.map(\.name))
    var kept: [Onnx_NodeProto] = []
    for node in proto.graph.node {
      if node.is("Constant"), let name = node.output.first, !outputs.contains(name),
        let tensor = node.constantTensor(name)
      {
        proto.graph.initializer.append(tensor)
      } else {
        kept.append(node)
      }
    }
    // Before version 4 an initializer had to be an input too.
    if kept.count != proto.graph.node.count { proto.irVersion = max(proto.irVersion, 4) }
    proto.graph.node = kept
  }

  mutating func removeIdentities() {
    var position = 0
    var index = GraphIndex(proto.graph)
    while position < proto.graph.node.count {
      if removeIdentity(at: position, index) {
        index = GraphIndex(proto.graph)
      } else {
        position += 1
      }
    }
  }

  private mutating func removeIdentity(at position: Int, _ index: GraphIndex) -> Bool {
    let node = proto.graph.node[position]
    guard node.is("Identity") || isInactiveDropout(node, index) else { return false }
    guard let input = node.input(0), let output = node.output.first, !output.isEmpty else { return false }
    guard !index.captured.contains(output) else { return false }
    if !index.outputs.contains(output) {
      for consumer in index.consumers[output] ?? [] { proto.graph.node[consumer].replace(input: output, by: input) }
    } else {
      // The output's name must stay, so the tensor before takes it; that needs a node which gives that tensor.
      guard let producer = index.producers[input], !index.outputs.contains(input), !index.captured.contains(input)
      else {
        return false
      }
      for consumer in index.consumers[input] ?? [] { proto.graph.node[consumer].replace(input: input, by: output) }
      proto.graph.node[producer].output = proto.graph.node[producer].output.map { $0 == input ? output : $0 }
    }
    proto.graph.node.remove(at: position)
    return true
  }

  private func isInactiveDropout(_ node: Onnx_NodeProto, _ index: GraphIndex) -> Bool {
    // Up to operator set 6 an attribute decided whether it was training.
    guard node.is("Dropout"), opset >= 7 else { return false }
    if node.output.count > 1, !node.output[1].isEmpty, index.isUsed(node.output[1]) { return false }
    guard let training = node.input(2) else { return true }
    guard let position = index.constants[training] else { return false }
    return (try? proto.graph.initializer[position].tensor(named: training))?.bytes == [0]
  }

  /// Removes initializers from the inputs: what is made from the model is made for their values.
  mutating func dropOverridableInitializers() {
    let given = Set(proto.graph.initializer.map(\.name))
    guard proto.graph.input.contains(where: { given.contains($0.name) }) else { return }
    proto.graph.input.removeAll { given.contains($0.name) }
    proto.irVersion = max(proto.irVersion, 4)
  }

  mutating func removeDeadCode() {
    let index = GraphIndex(proto.graph)
    var needed = index.outputs.union(index.captured)
    var kept: [Onnx_NodeProto] = []
    for node in proto.graph.node.reversed() where node.output.contains(where: needed.contains) {
      needed.formUnion(node.input)
      kept.append(node)
    }
    proto.graph.node = kept.reversed()
    proto.graph.initializer.removeAll { !needed.contains($0.name) }
    proto.graph.sparseInitializer.removeAll { !needed.contains($0.values.name) }
  }
}

extension Onnx_NodeProto {
  mutating func replace(input old: String, by new: String) {
    input = input.map { $0 == old ? new : $0 }
  }

  /// The tensor of a `Constant` node, or `nil` if it holds texts or a sparse tensor.
  func constantTensor(_ name: String) -> Onnx_TensorProto? {
    guard attribute.count == 1, let only = attribute.first else { return nil }
    if only.name == "value", only.hasT {
      var tensor = only.t
      tensor.name = name
      return tensor
    }
    let tensor: Tensor?
    switch only.value {
    case .int(let value)?: tensor = try? Tensor([value], shape: [])
    case .ints(let values)?: tensor = try? Tensor(values, shape: [values.count])
    case .float(let value)?: tensor = try? Tensor([value], shape: [])
    case .floats(let values)?: tensor = try? Tensor(values, shape: [values.count])
    default: tensor = nil
    }
    return tensor.map { Onnx_TensorProto($0, name: name) }
  }
}
