// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import ONNX
import Tensors
import Testing

@Suite struct CheckerTests {
  @Test(arguments: Samples.fixtures) func exportedModelsAreValid(_ name: String) throws {
    try Samples.fixture(name).check()
  }

  @Test(arguments: Mutation.all) func eachRuleIsEnforced(_ mutation: Mutation) throws {
    let model = try mutation.model()
    if mutation.isValid {
      try model.check()
    } else {
      let error = try #require(throws: ONNXError.self) { try model.check() }
      #expect(error.code == .invalidModel)
      #expect(!error.location.isEmpty && !error.reason.isEmpty && !error.remedy.isEmpty)
    }
  }

  @Test func errorsNameNodeAndTensor() throws {
    var model = try Samples.network()
    model.proto.graph.node[2].input = ["nowhere"]
    let error = try #require(throws: ONNXError.self) { try model.check() }
    #expect(error.location == "node 'relu' (Relu)")
    #expect(error.reason.contains("'nowhere'"))
    model.proto.graph.node[2].clearName()
    let unnamed = try #require(throws: ONNXError.self) { try model.check() }
    #expect(unnamed.location == "node number 3 (Relu)")
  }

  @Test func theBuilderChecksWhatItBuilds() throws {
    var graph = GraphBuilder()
    graph.addInput(name: "x", elementType: .float32, dimensions: ["n"])
    graph.addNode("Relu", inputs: ["y"], outputs: ["z"], name: "relu")
    graph.addOutput(name: "z", elementType: .float32, dimensions: ["n"])
    let error = try #require(throws: ONNXError.self) { try graph.build(graphName: "g") }
    #expect(error.location == "node 'relu' (Relu)")
    #expect(throws: ONNXError.self) { try graph.build(graphName: "") }
  }

  @Test func nestingIsBounded() throws {
    var model = try Samples.network()
    var graph = model.proto.graph
    for _ in 0..<60 {
      var node = Onnx_NodeProto()
      node.opType = "If"
      var attribute = Onnx_AttributeProto()
      attribute.name = "then_branch"
      attribute.type = .graph
      attribute.g = graph
      node.attribute = [attribute]
      graph = Onnx_GraphProto()
      graph.name = "outer"
      graph.node = [node]
      graph.output = model.proto.graph.output
    }
    model.proto.graph = graph
    let bytes = try model.serialized()
    let error = try #require(throws: ONNXError.self) { try Model(data: bytes) }
    #expect(error.code == .malformed)
  }

  /// The verdicts of ONNX's own checker on the same files.
  @Test(.enabled(if: Peer.isPresent, "\(Peer.absence)")) func verdictsAgreeWithONNX() throws {
    let folder = try TemporaryFolder()
    var files: [String] = []
    for (index, mutation) in Mutation.all.enumerated() {
      let url = folder.file("\(index).onnx")
      try mutation.model().write(to: url)
      files.append(url.path)
    }
    let verdicts = try Peer.run("check.py", files, as: [String: String].self)
    for (index, mutation) in Mutation.all.enumerated() {
      let complaint = try #require(verdicts["\(index).onnx"])
      let isAgreed = complaint.isEmpty == mutation.isValid
      #expect(isAgreed != mutation.isJudgedOtherwise, "\(mutation.description): \(complaint)")
    }
  }
}
