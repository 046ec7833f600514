// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Checks that each operator of a graph reads only what is there when it runs: operators run in the file's order, and
/// LiteRT gives a tensor that nothing computes no memory, which its kernels read all the same.
struct TFLiteDataFlow {
  private let graph: TFLiteGraph
  private let kinds: Int
  private var known: [Bool]

  /// - Parameter kinds: how many kinds of operators the file lists.
  init(_ graph: TFLiteGraph, kinds: Int) {
    self.graph = graph
    self.kinds = kinds
    known = graph.tensors.map { $0.holdsData || $0.shape.contains(0) }
    for input in graph.inputs { known[input] = true }
  }

  /// - Throws: `FlatbufferFault` that names the first operator or output that can't be computed.
  consuming func check(_ operators: [FlatbufferTable]) throws(FlatbufferFault) {
    for (number, table) in operators.enumerated() {
      let kind = Int(try table.number(0, default: UInt32(0)))
      guard kind < kinds else {
        throw FlatbufferFault("operator \(number) is of kind \(kind), and there are \(kinds)")
      }
      for place in try table.numbers(1, as: Int32.self) ?? [] where place != -1 {
        guard known[try checked(place, number)] else {
          throw FlatbufferFault(
            "operator \(number) reads tensor '\(graph.tensors[Int(place)].name)', which nothing before it computes")
        }
      }
      if try table.numbers(8, as: Int32.self)?.isEmpty == false {
        throw unsupported("operator \(number) has intermediate tensors")
      }
      if try table.numbers(7, as: UInt8.self)?.isEmpty == false {
        throw unsupported("operator \(number) changes its inputs")
      }
      for place in try table.numbers(2, as: Int32.self) ?? [] { try write(place, number) }
    }
    for place in graph.outputs where !known[place] {
      throw FlatbufferFault("output '\(graph.tensors[place].name)' is computed by nothing")
    }
  }

  private mutating func write(_ place: Int32, _ number: Int) throws(FlatbufferFault) {
    let index = try checked(place, number)
    guard !graph.tensors[index].holdsData else {
      throw FlatbufferFault("operator \(number) writes the constant '\(graph.tensors[index].name)'")
    }
    known[index] = true
  }

  private func unsupported(_ what: String) -> FlatbufferFault {
    FlatbufferFault("\(what), which LiteRT's interface doesn't take", isUnsupported: true)
  }

  private func checked(_ place: Int32, _ number: Int) throws(FlatbufferFault) -> Int {
    guard graph.tensors.indices.contains(Int(place)) else {
      throw FlatbufferFault(
        "operator \(number) of graph \(graph.index) uses tensor \(place), and there are \(graph.tensors.count)")
    }
    return Int(place)
  }
}
