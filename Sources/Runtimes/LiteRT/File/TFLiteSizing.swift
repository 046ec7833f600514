// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Tensors

/// Whether an operator of a graph may give a shape that only its run tells. LiteRT then writes an output into whatever
/// buffer was bound, however small it is.
struct TFLiteSizing {
  private let graph: TFLiteGraph
  private let codes: [Int]

  /// Operators whose outputs' shapes depend on more than their inputs' shapes, by their numbers in the schema
  /// (BuiltinOperator): call, custom, skip-gram, unique, where, if, while, hash tables, reading a variable. What came
  /// after version 2.10 of TensorFlow is counted among them.
  private static let sizing: Set<Int> = [31, 32, 46, 103, 109, 118, 119, 136, 137, 138, 139, 143]
  private static let firstUnknown = 158

  /// - Parameter codes: the number of each kind of operator in the file.
  init(_ graph: TFLiteGraph, _ codes: [Int]) {
    self.graph = graph
    self.codes = codes
  }

  /// Operators take shapes, axes and positions as whole numbers; as constants they fix the output's shape.
  func isOpen(_ operators: [FlatbufferTable]) throws(FlatbufferFault) -> Bool {
    for table in operators {
      let kind = Int(try table.number(0, default: UInt32(0)))
      guard codes.indices.contains(kind), !Self.sizing.contains(codes[kind]), codes[kind] < Self.firstUnknown else {
        return true
      }
      for place in try table.numbers(1, as: Int32.self) ?? [] where graph.tensors.indices.contains(Int(place)) {
        let tensor = graph.tensors[Int(place)]
        if !tensor.holdsData, [.numbers(.int32), .numbers(.int64)].contains(tensor.type) { return true }
      }
    }
    return false
  }
}
