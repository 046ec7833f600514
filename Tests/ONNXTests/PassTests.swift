// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import ONNX
import Tensors
import Testing

@Suite struct PassTests {
  private func operators(_ model: Model) -> [String] { model.nodes.map(\.operatorType) }

  @Test func batchNormalizationDisappearsIntoTheConvolution() throws {
    let model = try Samples.network().applying(Pass.standard)
    #expect(operators(model) == ["Conv", "Relu", "MaxPool", "GlobalAveragePool", "Flatten", "Gemm"])
    #expect(model.initializerNames == ["conv.weight", "conv.bias", "fc.weight", "fc.bias"])
    try model.check()
  }

  @Test func aResultThatIsSeenElsewhereKeepsItsBatchNormalization() throws {
    let shown = try #require(Mutation.all.first { $0.description == "an intermediate tensor as output" }).model()
    #expect(operators(try shown.applying(Pass.standard)).contains("BatchNormalization"))
    let captured = try #require(Mutation.all.first { $0.description == "subgraphs" }).model()
    #expect(!operators(try captured.applying(Pass.standard)).contains("BatchNormalization"))
    var read = try Samples.network()
    read.proto.graph.node[4].input = ["c"]
    read.proto.graph.node[4].output = ["g"]
    #expect(operators(try read.applying([.foldBatchNormalization])).contains("BatchNormalization"))
  }

  @Test func aBatchNormalizationThatIsNotFiniteStays() throws {
    var model = try Samples.network()
    model.proto.graph.initializer[5] = Onnx_TensorProto(
      try Tensor([-1, 1, 1, 1] as [Float], shape: [4]), name: "bn.variance")
    #expect(operators(try model.applying(Pass.standard)).contains("BatchNormalization"))
  }

  @Test func aWeightThatIsSharedIsNotChangedForTheOther() throws {
    var model = try Samples.network()
    model.proto.graph.output.append(
      Onnx_ValueInfoProto(name: "conv.bias", elementType: .float32, dimensions: [4]))
    let before = try model.initializer(named: "conv.bias")
    #expect(try model.applying(Pass.standard).initializer(named: "conv.bias") == before)
  }

  @Test func identitiesAndDropoutGo() throws {
    let model = try Self.withIdentities().applying(Pass.standard)
    #expect(operators(model) == ["Relu", "Gemm"])
    #expect(try model.outputs.map(\.name) == ["y"])
    try model.check()
  }

  @Test func anIdentityBetweenInputAndOutputStays() throws {
    var graph = GraphBuilder()
    graph.addInput(name: "x", elementType: .float32, dimensions: [2])
    graph.addNode("Identity", inputs: ["x"], outputs: ["y"])
    graph.addOutput(name: "y", elementType: .float32, dimensions: [2])
    #expect(operators(try graph.build(graphName: "g").applying(Pass.standard)) == ["Identity"])
  }

  @Test(arguments: Samples.fixtures) func passesReachAFixedPoint(_ name: String) throws {
    let once = try Samples.fixture(name).applying(Pass.standard)
    #expect(try once.applying(Pass.standard) == once)
    try once.check()
  }

  /// Constants, identities, a dropout with its mask unused, a product and a sum, and a node that nobody reads.
  private static func withIdentities() throws -> Model {
    var graph = GraphBuilder()
    graph.addInput(name: "x", elementType: .float32, dimensions: ["n", 4])
    graph.addNode("Identity", inputs: ["x"], outputs: ["a"])
    graph.addNode("Relu", inputs: ["a"], outputs: ["b"])
    graph.addNode("Dropout", inputs: ["b"], outputs: ["c", "mask"])
    graph.addNode(
      "Constant", inputs: [], outputs: ["w"], attributes: ["value": .tensor(try Samples.random([4, 3], seed: 1))])
    graph.addNode("Constant", inputs: [], outputs: ["bias"], attributes: ["value_floats": .floats([1, 2, 3])])
    graph.addNode("MatMul", inputs: ["c", "w"], outputs: ["d"])
    graph.addNode("Add", inputs: ["bias", "d"], outputs: ["e"])
    graph.addNode("Sigmoid", inputs: ["b"], outputs: ["unused"])
    graph.addNode("Identity", inputs: ["e"], outputs: ["y"])
    graph.addOutput(name: "y", elementType: .float32, dimensions: ["n", 3])
    return try graph.build(graphName: "identities")
  }

  /// Gemm with factors, a transposed weight or not, a scalar bias or none, and a batch normalization behind it.
  private static func gemm(transposed: Bool, bias: Tensor?) throws -> Model {
    var graph = GraphBuilder()
    graph.addInput(name: "x", elementType: .float32, dimensions: ["n", 4])
    graph.addInitializer("w", try Samples.random(transposed ? [3, 4] : [4, 3], seed: 1))
    if let bias { graph.addInitializer("b", bias) }
    graph.addNode(
      "Gemm", inputs: ["x", "w"] + (bias == nil ? [] : ["b"]), outputs: ["g"],
      attributes: ["transB": .int(transposed ? 1 : 0), "alpha": .float(0.5), "beta": .float(2)])
    for (index, name) in ["scale", "offset", "mean"].enumerated() {
      graph.addInitializer(name, try Samples.random([3], seed: UInt64(index) + 10))
    }
    graph.addInitializer("variance", try Tensor([0.1, 1, 4] as [Float], shape: [3]))
    graph.addNode("BatchNormalization", inputs: ["g", "scale", "offset", "mean", "variance"], outputs: ["y"])
    graph.addOutput(name: "y", elementType: .float32, dimensions: ["n", 3])
    return try graph.build(graphName: "gemm")
  }

  @Test(.enabled(if: Peer.isPresent, "\(Peer.absence)")) func passesKeepWhatModelsCompute() throws {
    var models = [try Samples.network(), try Self.withIdentities()]
    for name in Samples.fixtures { models.append(try Samples.fixture(name)) }
    let row = try Samples.random([1, 3], seed: 5)
    for bias in [nil, row, try row.reshaped([3]), try Samples.random([1], seed: 6)] {
      models.append(try Self.gemm(transposed: true, bias: bias))
      models.append(try Self.gemm(transposed: false, bias: bias))
    }
    let folder = try TemporaryFolder()
    var paths: [String] = []
    for (index, model) in models.enumerated() {
      let simplified = try model.applying(Pass.standard)
      #expect(!simplified.nodes.contains { ["BatchNormalization", "Identity", "Dropout"].contains($0.operatorType) })
      for (name, version) in [("before", model), ("after", simplified)] {
        let url = folder.file("\(index)-\(name).onnx")
        try version.write(to: url)
        paths.append(url.path)
      }
    }
    let differences = try Peer.run("differences.py", paths, as: [Double].self)
    #expect(differences.count == models.count)
    for difference in differences { #expect(difference < 1e-5) }
  }
}
