// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

/// What the graph's tensors occupy while it runs node by node in the file's order, if each tensor is held from the node
/// that gives it to the last node that reads it, and nothing is computed in place.
///
/// Inputs are held until they are last read, outputs from their node to the end. Parameters are not in it, and neither
/// is what kernels need for themselves; a runtime may need less, by reusing what an operator no longer reads.
public struct ActivationMemory: Sendable, Hashable, Codable {
  /// The largest sum, in bytes, of the tensors whose size is known.
  public var peakBytes = 0
  /// The node at which it is reached.
  public var peakNode = ""
  /// Tensors whose size is not known; while there are any, the peak is a lower bound.
  public var unknownTensors: [String] = []

  init(_ graph: Onnx_GraphProto, _ tensors: [String: InferredTensor]) {
    let parameters = Set(graph.initializer.map(\.name) + graph.sparseInitializer.map(\.values.name))
    let lastReads = Self.lastReads(graph)
    var sizes: [String: Int] = [:]
    var held = 0
    func hold(_ name: String, in memory: inout ActivationMemory) {
      guard !name.isEmpty, !parameters.contains(name), sizes[name] == nil else { return }
      guard let size = tensors[name]?.byteCount else { return memory.unknownTensors.append(name) }
      sizes[name] = size
      held = held.plus(size) ?? .max
    }
    for input in graph.input { hold(input.name, in: &self) }
    for (position, node) in graph.node.enumerated() {
      for output in node.output where !node.is("Constant") { hold(output, in: &self) }
      if held > peakBytes {
        (peakBytes, peakNode) = (held, node.name.isEmpty ? node.output.first ?? "" : node.name)
      }
      for name in Set(node.reads + node.output) where lastReads[name] ?? position <= position {
        held -= sizes.removeValue(forKey: name).map { min($0, held) } ?? 0
      }
    }
  }

  /// The last node that reads each tensor; outputs of the graph are read after all.
  private static func lastReads(_ graph: Onnx_GraphProto) -> [String: Int] {
    var last: [String: Int] = [:]
    for (position, node) in graph.node.enumerated() {
      for name in node.reads { last[name] = position }
    }
    for output in graph.output { last[output.name] = graph.node.count }
    return last
  }
}

extension Onnx_NodeProto {
  /// What the node reads, by itself or in its subgraphs.
  fileprivate var reads: [String] {
    let inner = attribute.isEmpty ? [] : subgraphs.flatMap(\.withSubgraphs)
    return input + inner.flatMap { graph in graph.node.flatMap(\.input) + graph.output.map(\.name) }
  }
}

extension InferredTensor {
  /// What the tensor occupies, if its type and shape are known.
  fileprivate var byteCount: Int? {
    guard let elementType, let fixedShape else { return nil }
    return try? Tensor.byteCount(elementType, fixedShape)
  }
}
