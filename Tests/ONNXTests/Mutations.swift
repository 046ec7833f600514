// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import ONNX
import Tensors

/// A change of the sample network, and whether the result is still a valid model.
struct Mutation: Sendable, CustomStringConvertible {
  let description: String
  let isValid: Bool
  /// Whether ONNX's own checker (1.21) judges otherwise: it accepts lengths, shapes and versions that no runtime can
  /// use, and knows one spelling of its own domain where runtimes know both.
  let isJudgedOtherwise: Bool
  let change: @Sendable (inout Onnx_ModelProto) -> Void

  init(
    _ description: String, valid: Bool = false, judgedOtherwise: Bool = false,
    _ change: @escaping @Sendable (inout Onnx_ModelProto) -> Void
  ) {
    self.description = description
    isValid = valid
    isJudgedOtherwise = judgedOtherwise
    self.change = change
  }

  func model() throws -> Model {
    var model = try Samples.network()
    change(&model.proto)
    return model
  }

  static let all = header + names + operators + attributes + tensors + subgraphs

  private static let header = [
    Mutation("nothing", valid: true) { _ in },
    Mutation("documentation", valid: true) { $0.docString = "text" },
    Mutation("format version 0") { $0.irVersion = 0 },
    Mutation("format version of the future") { $0.irVersion = 1000 },
    Mutation("no operator set") { $0.opsetImport = [] },
    Mutation("operator set of the future", judgedOtherwise: true) { $0.opsetImport[0].version = 1000 },
    Mutation("other spelling of the domain", valid: true, judgedOtherwise: true) {
      $0.opsetImport[0].domain = "ai.onnx"
    },
    Mutation("metadata twice") {
      var entry = Onnx_StringStringEntryProto()
      entry.key = "k"
      entry.value = "v"
      $0.metadataProps = [entry, entry]
    },
    Mutation("no graph name") { $0.graph.clearName() },
  ]

  private static let names = [
    Mutation("input twice") { $0.graph.input.append($0.graph.input[0]) },
    Mutation("input without type") { $0.graph.input[0].clearType() },
    Mutation("input without shape") { $0.graph.input[0].type.tensorType.clearShape() },
    Mutation("input without element type") { $0.graph.input[0].type.tensorType.clearElemType() },
    Mutation("input without name") { $0.graph.input[0].clearName() },
    Mutation("output without type") { $0.graph.output[0].clearType() },
    Mutation("initializer twice") { $0.graph.initializer.append($0.graph.initializer[0]) },
    Mutation("initializer without name") { $0.graph.initializer[0].clearName() },
    Mutation("initializer that is an input too", valid: true) {
      $0.graph.input.append(Onnx_ValueInfoProto(name: "fc.bias", elementType: .float32, dimensions: [10]))
    },
    Mutation("nodes in another order") { $0.graph.node.swapAt(0, 1) },
    Mutation("unknown input") { $0.graph.node[2].input = ["nowhere"] },
    Mutation("result defined twice") { $0.graph.node[2].output = ["c"] },
    Mutation("result named like an input") { $0.graph.node[2].output = ["x"] },
    Mutation("result named like an initializer") { $0.graph.node[2].output = ["fc.bias"] },
    Mutation("output that nobody gives") { $0.graph.output[0].name = "nowhere" },
    Mutation("node names twice", valid: true) { $0.graph.node[1].name = "conv" },
    Mutation("an intermediate tensor as output", valid: true) {
      $0.graph.output.append(Onnx_ValueInfoProto(name: "c", elementType: .float32, dimensions: ["b", 4, 8, 8]))
    },
    Mutation("an input as output", valid: true) { $0.graph.output.append($0.graph.input[0]) },
  ]

  private static let operators = [
    Mutation("unknown operator") { $0.graph.node[2].opType = "Reluu" },
    Mutation("no operator") { $0.graph.node[2].clearOpType() },
    Mutation("operator of another domain") { $0.graph.node[2].domain = "com.example" },
    Mutation("operator of an imported domain", valid: true) {
      $0.graph.node[2].domain = "com.example"
      var imported = Onnx_OperatorSetIdProto()
      imported.domain = "com.example"
      imported.version = 1
      $0.opsetImport.append(imported)
    },
    Mutation("operator that is younger than the set") { $0.graph.node[2].opType = "Gelu" },
    Mutation("operator that was removed") {
      $0.graph.node[2].opType = "Upsample"
      $0.graph.node[2].input = ["n", "bn.scale"]
    },
    Mutation("too few inputs") { $0.graph.node[0].input = ["x"] },
    Mutation("too many inputs") { $0.graph.node[2].input = ["n", "n"] },
    Mutation("required input left out") { $0.graph.node[0].input[1] = "" },
    Mutation("optional input left out", valid: true) { $0.graph.node[0].input[2] = "" },
    Mutation("too many outputs") { $0.graph.node[2].output = ["r", "r2"] },
    Mutation("no inputs and outputs") {
      $0.graph.node[2].input = []
      $0.graph.node[2].output = []
    },
  ]

  private static let attributes = [
    Mutation("unknown attribute") { $0.graph.node[2].attribute = [Onnx_AttributeProto("alpha", .float(1))] },
    Mutation("attribute of a wrong type") { $0.graph.node[0].attribute = [Onnx_AttributeProto("pads", .int(1))] },
    Mutation("attribute twice") { $0.graph.node[0].attribute.append($0.graph.node[0].attribute[0]) },
    Mutation("attribute without name") { $0.graph.node[0].attribute[0].clearName() },
    Mutation("attribute without type") { $0.graph.node[0].attribute[0].clearType() },
    Mutation("attribute with two values") { $0.graph.node[0].attribute[0].f = 1 },
    Mutation("attribute whose type lies") { $0.graph.node[0].attribute[0].type = .floats },
    Mutation("required attribute missing") { $0.graph.node[3].attribute.removeAll { $0.name == "kernel_shape" } },
  ]

  private static let tensors = [
    Mutation("tensor too short", judgedOtherwise: true) { $0.graph.initializer[0].rawData.removeLast() },
    Mutation("tensor without data") { $0.graph.initializer[0].clearRawData() },
    Mutation("tensor without type") { $0.graph.initializer[0].clearDataType() },
    Mutation("tensor of unknown type", judgedOtherwise: true) { $0.graph.initializer[0].dataType = 1000 },
    Mutation("tensor with data twice") { $0.graph.initializer[0].floatData = [1] },
    Mutation("tensor with a negative shape", judgedOtherwise: true) { $0.graph.initializer[0].dims = [-4, 3, 3, 3] },
    Mutation("tensor with a shape that overflows") { $0.graph.initializer[0].dims = [1 << 40, 1 << 40] },
    Mutation("texts in raw data") { $0.graph.initializer[0].dataType = 8 },
    Mutation("typed data", valid: true) {
      $0.graph.initializer[1].clearRawData()
      $0.graph.initializer[1].floatData = [1, 2, 3, 4]
    },
    Mutation("typed data of another type") {
      $0.graph.initializer[1].clearRawData()
      $0.graph.initializer[1].int64Data = [1, 2, 3, 4]
    },
    Mutation("typed data too short", judgedOtherwise: true) {
      $0.graph.initializer[1].clearRawData()
      $0.graph.initializer[1].floatData = [1, 2, 3]
    },
  ]

  private static let subgraphs = [
    Mutation("subgraphs", valid: true) { $0.addBranches { _ in } },
    Mutation("a subgraph that gives an outer name again") { $0.addBranches { $0.node[0].output = ["c"] } },
    Mutation("a subgraph that reads a later tensor") { $0.addBranches { $0.node[0].input = ["f"] } },
    Mutation("a subgraph that lacks its output") { $0.addBranches { $0.output[0].name = "c" } },
    Mutation("a subgraph without name") { $0.addBranches { $0.clearName() } },
    Mutation("a subgraph with an unknown operator") { $0.addBranches { $0.node[0].opType = "Nothing" } },
  ]
}

extension Onnx_ModelProto {
  /// Replaces the third node by `If`, whose branches read a tensor around them.
  mutating func addBranches(_ change: (inout Onnx_GraphProto) -> Void) {
    var branch = Onnx_GraphProto()
    branch.name = "branch"
    var node = Onnx_NodeProto()
    node.opType = "Relu"
    node.input = ["n"]
    node.output = ["inner"]
    branch.node = [node]
    branch.output = [Onnx_ValueInfoProto(name: "inner", elementType: .float32, dimensions: ["b", 4, 8, 8])]
    var other = branch
    other.node[0].output = ["other"]
    other.output[0].name = "other"
    change(&branch)
    graph.input.append(Onnx_ValueInfoProto(name: "condition", elementType: .bool, dimensions: []))
    graph.node[2].opType = "If"
    graph.node[2].input = ["condition"]
    graph.node[2].attribute = [("then_branch", branch), ("else_branch", other)].map { name, graph in
      var attribute = Onnx_AttributeProto()
      attribute.name = name
      attribute.type = .graph
      attribute.g = graph
      return attribute
    }
  }
}
