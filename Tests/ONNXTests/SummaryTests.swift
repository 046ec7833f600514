// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import ONNX
import Tensors
import Testing

@Suite struct SummaryTests {
  @Test func factsOfANetwork() throws {
    var model = try Samples.network()
    model.metadata = ["task": "classification"]
    let summary = try model.summary(inputShapes: ["x": [2, 3, 8, 8]])
    #expect(summary.irVersion == 8 && summary.operatorSets == ["": 17] && summary.producer == "tests")
    #expect(summary.metadata == ["task": "classification"])
    #expect(summary.inputs.map(\.dimensions) == [["batch", "3", "8", "8"]])
    #expect(summary.inputs.map(\.type) == ["float32"])
    #expect(summary.operators.map(\.count) == Array(repeating: 1, count: 7))
    let count = 4 * 27 + 4 + 4 * 4 + 10 * 4 + 10
    #expect(summary.parameters.map(\.elementType) == ["float32"] && summary.parameters.map(\.tensors) == [8])
    #expect(summary.parameterCount == count && summary.parameterBytes == 4 * count)
    #expect(summary.cost.uncounted.isEmpty && summary.activations.unknownTensors.isEmpty)
    let macs = Dictionary(uniqueKeysWithValues: summary.cost.nodes.map { ($0.name, $0.macs) })
    #expect(macs["conv"] == 2 * 4 * 64 * 27)
    #expect(macs["fc"] == 2 * 10 * 4)
    #expect(summary.cost.macs == 2 * (4 * 64 * 27 + 40))
    // The convolution's and the normalization's results, beside each other.
    #expect(summary.activations.peakBytes == 2 * 4 * 64 * 4 * 2)
    #expect(summary.sparsity.map(\.name) == ["conv.weight", "fc.weight"])
  }

  @Test func whatStaysDynamicIsNotCounted() throws {
    let summary = try Samples.network().summary()
    #expect(summary.cost.nodes.map(\.operatorType) == ["Flatten"])
    #expect(summary.cost.uncounted.allSatisfy { $0.reason == "shapes of its tensors are not known" })
    #expect(!summary.activations.unknownTensors.isEmpty)
  }

  @Test func unknownOperatorsAndSubgraphsAreListed() throws {
    let foreign = try #require(Mutation.all.first { $0.description == "operator of an imported domain" }).model()
    let branches = try #require(Mutation.all.first { $0.description == "subgraphs" }).model()
    let reasons = [foreign, branches].map {
      try? $0.summary(inputShapes: ["x": [1, 3, 8, 8]]).cost.uncounted.first?.reason
    }
    #expect(
      reasons == [
        "no rule is known for com.example.Relu", "how often its subgraphs run is decided by the data",
      ])
    #expect(try branches.summary().operators.first { $0.operatorType == "Relu" }?.count == 2)
  }

  @Test(arguments: [
    ("y", [1, 3, 8, 8], "no such input"), ("x", [1, 3, 8], "dimensions"), ("x", [1, 4, 8, 8], "the model has 3"),
    ("x", [-1, 3, 8, 8], "negative"),
  ])
  func shapesThatDoNotFitAreRefused(_ name: String, _ shape: [Int], _ reason: String) throws {
    let error = try #require(throws: ONNXError.self) { try Samples.network().summary(inputShapes: [name: shape]) }
    #expect(error.code == .invalidArgument)
    #expect(error.reason.contains(reason))
  }

  @Test func oneSymbolHasOneExtent() throws {
    var graph = GraphBuilder()
    graph.addInput(name: "a", elementType: .float32, dimensions: ["n", 2])
    graph.addInput(name: "b", elementType: .float32, dimensions: ["n", 2])
    graph.addNode("Add", inputs: ["a", "b"], outputs: ["y"])
    graph.addOutput(name: "y", elementType: .float32, dimensions: ["n", 2])
    let model = try graph.build(graphName: "g")
    #expect(try model.fixingInputs(["a": [5, 2]]).inputs.map(\.shape) == [[5, 2], [5, 2]])
    #expect(throws: ONNXError.self) { try model.fixingInputs(["a": [5, 2], "b": [4, 2]]) }
  }

  @Test(arguments: CostCase.all) func macsFollowTheDefinition(_ costCase: CostCase) throws {
    let summary = try costCase.model().summary()
    #expect(summary.cost.macs == costCase.macs)
    #expect(summary.cost.uncounted.isEmpty)
  }

  @Test func quantizedTensorsAreListed() throws {
    let plan = try StaticQuantization.plan(for: try Samples.network())
    let quantized = try plan.quantized(ranges: Samples.ranges(plan))
    let summary = try quantized.summary(inputShapes: ["x": [1, 3, 8, 8]])
    let weight = try #require(summary.quantization.first { $0.name == "conv.weight_quantized" })
    #expect(weight.role == .weight && weight.axis == 0 && weight.scaleCount == 4 && weight.isSymmetric == true)
    #expect(weight.elementType == "int8" && weight.form == "DequantizeLinear")
    #expect(summary.quantization.contains { $0.role == .bias })
    let activations = summary.quantization.filter { $0.role == .activation }
    #expect(!activations.isEmpty)
    for activation in activations {
      #expect(activation.elementType == "uint8" && activation.scaleCount == 1 && activation.axis == nil)
    }
    #expect(summary.cost.macs == 4 * 64 * 27 + 40)
  }

  @Test func zerosAreCounted() throws {
    var graph = GraphBuilder()
    graph.addInput(name: "x", elementType: .float32, dimensions: [2, 2])
    graph.addInitializer("w", try Tensor([0, -0.0, 1, 0] as [Float], shape: [2, 2]))
    graph.addNode("MatMul", inputs: ["x", "w"], outputs: ["y"])
    graph.addOutput(name: "y", elementType: .float32, dimensions: [2, 2])
    let sparsity = try graph.build(graphName: "g").summary().sparsity
    #expect(sparsity.map(\.zeros) == [3] && sparsity.map(\.share) == [0.75])
  }
}

/// One node, and the MACs that its definition gives.
struct CostCase: Sendable, CustomStringConvertible {
  let operatorType: String
  let inputs: [[Dimension]]
  var attributes: [String: AttributeValue] = [:]
  let macs: Int

  var description: String { "\(operatorType) \(inputs)" }

  func model() throws -> Model {
    var graph = GraphBuilder()
    for (index, dimensions) in inputs.enumerated() {
      graph.addInput(name: "x\(index)", elementType: .float32, dimensions: dimensions)
    }
    graph.addNode(operatorType, inputs: inputs.indices.map { "x\($0)" }, outputs: ["y"], attributes: attributes)
    graph.addOutput(name: "y", elementType: .float32, dimensions: [])
    var model = try graph.build(graphName: "g")
    model.proto.graph.output[0].type.tensorType.clearShape()
    return model
  }

  static let all: [CostCase] = [
    .init(
      operatorType: "Conv", inputs: [[1, 8, 10, 10], [6, 4, 3, 3]], attributes: ["group": .int(2)],
      macs: 6 * 64 * 4 * 9),
    .init(
      operatorType: "ConvTranspose", inputs: [[1, 8, 5, 5], [8, 3, 2, 2]],
      attributes: ["group": .int(2), "strides": .ints([2, 2])], macs: 8 * 25 * 3 * 4),
    .init(operatorType: "Gemm", inputs: [[5, 3], [3, 7]], macs: 105),
    .init(
      operatorType: "Gemm", inputs: [[3, 5], [7, 3]], attributes: ["transA": .int(1), "transB": .int(1)], macs: 105),
    .init(operatorType: "MatMul", inputs: [[2, 5, 3], [3, 7]], macs: 210),
    .init(operatorType: "MatMul", inputs: [[3], [3]], macs: 3),
    .init(
      operatorType: "Einsum", inputs: [[2, 5, 3], [2, 3, 7]], attributes: ["equation": .string("bij,bjk->bik")],
      macs: 210),
    .init(
      operatorType: "LSTM", inputs: [[9, 2, 3], [1, 16, 3], [1, 16, 4]], attributes: ["hidden_size": .int(4)],
      macs: 9 * 2 * 16 * 7),
    .init(
      operatorType: "GRU", inputs: [[9, 2, 3], [2, 12, 3], [2, 12, 4]],
      attributes: ["hidden_size": .int(4), "direction": .string("bidirectional")], macs: 9 * 2 * 2 * 12 * 7),
  ]
}
