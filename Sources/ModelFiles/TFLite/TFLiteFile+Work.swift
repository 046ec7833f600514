// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension TFLiteFile {
  /// The multiply-accumulate operations of the main graph, with the shapes that the file was written with.
  ///
  /// Counted as usual: one for each product that is added to a sum; biases, activations and pooling don't count.
  /// - Returns: the sum over the operators that have a rule here, and the operators that multiply but have none.
  func multiplyAccumulates() -> (count: Int, uncounted: Set<String>) {
    guard let main else { return (0, []) }
    var total = 0
    var uncounted: Set<String> = []
    for node in main.operators {
      guard Self.multiplying.contains(node.code) else {
        if Self.recurrent.contains(node.code) { uncounted.insert(node.name) }
        continue
      }
      let (sum, overflow) = total.addingReportingOverflow(Self.products(node, main) ?? -1)
      if overflow || sum < total { uncounted.insert(node.name) } else { total = sum }
    }
    return (total, uncounted)
  }

  /// CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, TRANSPOSE_CONV, BATCH_MATMUL, CONV_3D.
  private static let multiplying: Set<Int> = [3, 4, 9, 67, 126, 132]
  /// RNN, LSTM and their kin, whose work depends on more than the shapes of their tensors.
  private static let recurrent: Set<Int> = [16, 24, 27, 35, 44, 46, 52, 133]

  private static func products(_ node: Operator, _ graph: Subgraph) -> Int? {
    func shape(ofInput index: Int) -> [Int]? {
      guard node.inputs.indices.contains(index), let tensor = node.inputs[index] else { return nil }
      return graph.tensors[tensor].shape
    }
    guard let first = node.outputs.first, let weights = shape(ofInput: 1), let inner = weights.last else { return nil }
    let output = Extents.product(graph.tensors[first].shape)
    switch node.code {
    case 3 where weights.count == 4: return Extents.product([output, weights[1], weights[2], inner])
    case 4 where weights.count == 4: return Extents.product([output, weights[1], weights[2]])
    case 9: return Extents.product([output, inner])
    case 67 where weights.count == 4:
      return Extents.product([shape(ofInput: 2).flatMap(Extents.product), weights[0], weights[1], weights[2]])
    case 126:
      return shape(ofInput: 0).flatMap {
        Extents.product([output, node.transposesLeft ? $0.dropLast().last : $0.last])
      }
    case 132 where weights.count == 5: return Extents.product([output, Extents.product(Array(weights.dropLast()))])
    default: return nil
    }
  }
}
