// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Model {
  /// Nodes of at most this many are paired by the longest common subsequence, whose table grows with their product.
  private static let mostPairedNodes = 4000

  /// For each result of this model, the result of another at the same place of the sequence of operators.
  func pairedByPosition(with other: Model) -> [String: String] {
    let mine = proto.graph.computingNodes
    let theirs = other.proto.graph.computingNodes
    guard mine.count <= Self.mostPairedNodes, theirs.count <= Self.mostPairedNodes else { return [:] }
    var result: [String: String] = [:]
    for (first, second) in longestCommonSubsequence(mine.map(\.kind), theirs.map(\.kind)) {
      for (name, match) in zip(mine[first].output, theirs[second].output) where !name.isEmpty && !match.isEmpty {
        result[name] = match
      }
    }
    return result
  }
}

extension Onnx_GraphProto {
  /// The nodes that a conversion of the model's precision or its cleaning keeps.
  fileprivate var computingNodes: [Onnx_NodeProto] {
    let passing: Set = [
      "Cast", "CastLike", "Constant", "DequantizeLinear", "Dropout", "DynamicQuantizeLinear", "Identity",
      "QuantizeLinear",
    ]
    return node.filter { !passing.contains($0.opType) }
  }
}

extension Onnx_NodeProto {
  /// The operator; its form on integers counts as the same.
  fileprivate var kind: String {
    switch opType {
    case "QLinearConv", "ConvInteger", "FusedConv": "Conv"
    case "QLinearMatMul", "MatMulInteger", "FusedMatMul": "MatMul"
    case "QGemm": "Gemm"
    case let name where name.hasPrefix("QLinear"): String(name.dropFirst("QLinear".count))
    default: opType
    }
  }
}

/// The places of two sequences that belong together in a longest common subsequence; of several the one that pairs the
/// earliest places. Source: the textbook algorithm by dynamic programming.
package func longestCommonSubsequence<Element: Equatable>(_ one: [Element], _ other: [Element]) -> [(Int, Int)] {
  // What both begin and end with needs no table.
  let front = zip(one, other).prefix { $0 == $1 }.count
  let back = zip(one[front...].reversed(), other[front...].reversed()).prefix { $0 == $1 }.count
  let (rows, columns) = (one.count - front - back, other.count - front - back)
  var pairs = (0..<front).map { ($0, $0) }
  if rows > 0, columns > 0 {
    var lengths = [UInt16](repeating: 0, count: (rows + 1) * (columns + 1))
    for row in (0..<rows).reversed() {
      for column in (0..<columns).reversed() {
        let place = row * (columns + 1) + column
        lengths[place] =
          one[front + row] == other[front + column]
          ? lengths[place + columns + 2] + 1 : max(lengths[place + columns + 1], lengths[place + 1])
      }
    }
    var (row, column) = (0, 0)
    while row < rows, column < columns {
      let place = row * (columns + 1) + column
      if one[front + row] == other[front + column] {
        pairs.append((front + row, front + column))
        (row, column) = (row + 1, column + 1)
      } else if lengths[place + columns + 1] >= lengths[place + 1] {
        row += 1
      } else {
        column += 1
      }
    }
  }
  return pairs + (0..<back).map { (front + rows + $0, front + columns + $0) }
}
