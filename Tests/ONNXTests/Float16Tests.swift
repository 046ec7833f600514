// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import ONNX
import Tensors
import Testing

@Suite struct Float16Tests {
  /// The element types that the outputs of nodes have, by the operator that gives them.
  private func operators(_ model: Model) -> [String] { model.nodes.map(\.operatorType) }

  private func type(of name: String, in model: Model) -> Int32? {
    model.proto.graph.initializer.first { $0.name == name }?.dataType
  }

  @Test func aNetworkWorksInFloat16BetweenFloat32Edges() throws {
    let (half, report) = try Samples.network().convertedToFloat16()
    #expect(
      operators(half) == [
        "Cast", "Conv", "BatchNormalization", "Relu", "MaxPool", "GlobalAveragePool", "Flatten", "Gemm", "Cast",
      ])
    #expect(half.proto.graph.initializer.allSatisfy { $0.dataType == 10 })
    #expect(try half.inputs.map(\.elementType) == [.float32])
    #expect(try half.outputs == [TensorSpec(name: "y", elementType: .float32, shape: [nil, 10])])
    #expect(report.convertedNodes == 7 && report.convertedTensors == 8 && report.casts == 2)
    #expect(report.clamped == 0)
  }

  @Test func edgesBecomeFloat16OnDemand() throws {
    var options = Float16Conversion.Options()
    options.keepsInputsAndOutputs = false
    let (half, report) = try Samples.network().convertedToFloat16(options)
    #expect(report.casts == 0)
    #expect(try half.inputs.map(\.elementType) == [.float16])
    #expect(try half.outputs.map(\.elementType) == [.float16])
  }

  @Test(arguments: 13...21) func conversionIsIdempotent(_ opset: Int) throws {
    for keepsEdges in [true, false] {
      var options = Float16Conversion.Options()
      options.keepsInputsAndOutputs = keepsEdges
      let half = try Float16Samples.everything(opset: opset).convertedToFloat16(options).model
      let again = try half.convertedToFloat16(options)
      #expect(again.model == half)
      #expect(again.report.casts == 0 && again.report.convertedTensors == 0)
    }
  }

  @Test func integersAndOtherTypesStay() throws {
    var graph = GraphBuilder()
    graph.addInput(name: "x", elementType: .float64, dimensions: [2])
    graph.addInput(name: "n", elementType: .int64, dimensions: [2])
    graph.addNode("Add", inputs: ["x", "x"], outputs: ["y"])
    graph.addNode("Add", inputs: ["n", "n"], outputs: ["m"])
    graph.addOutput(name: "y", elementType: .float64, dimensions: [2])
    graph.addOutput(name: "m", elementType: .int64, dimensions: [2])
    let model = try graph.build(graphName: "g")
    #expect(try model.convertedToFloat16().model == model)
  }

  @Test func valuesThatDoNotFitAreCounted() throws {
    var graph = GraphBuilder()
    graph.addInput(name: "x", elementType: .float32, dimensions: [8])
    let values: [Float] = [70_000, -1e30, 65_504, 65_519, 1e-9, -2e-8, 0, -.infinity]
    graph.addInitializer("w", try Tensor(values, shape: [8]))
    graph.addNode("Add", inputs: ["x", "w"], outputs: ["y"])
    graph.addOutput(name: "y", elementType: .float32, dimensions: [8])
    let (half, report) = try graph.build(graphName: "g").convertedToFloat16()
    #expect(report.clamped == 2 && report.flushed == 2)
    let found = try #require(try half.initializer(named: "w"))
    let halves = stride(from: 0, to: 16, by: 2).map { UInt16(found.bytes[$0]) | UInt16(found.bytes[$0 + 1]) << 8 }
    #expect(halves == [0x7BFF, 0xFBFF, 0x7BFF, 0x7BFF, 0, 0x8000, 0, 0xFC00])
  }

  @Test func extentsAreComputedInFloat32() throws {
    let (half, report) = try Float16Samples.resize(opset: 17).convertedToFloat16()
    let reasons = report.nodes.filter { $0.outcome != .float16 }.map(\.operatorType)
    #expect(reasons == ["Cast", "Mul", "Floor", "Cast"])
    #expect(type(of: "scales", in: half) == 1)
  }

  @Test func nodesAndOperatorsCanBeExcluded() throws {
    var options = Float16Conversion.Options()
    options.excludedNodes = ["conv"]
    options.excludedOperators = ["Gemm"]
    let (half, report) = try Samples.network().convertedToFloat16(options)
    #expect(type(of: "conv.weight", in: half) == 1)
    #expect(type(of: "fc.weight", in: half) == 1)
    #expect(report.nodes.filter { $0.outcome != .float16 }.map(\.name) == ["conv", "fc"])
    #expect(operators(half).filter { $0 == "Cast" }.count == 2)
    options.excludedNodes = ["nobody"]
    #expect(throws: ONNXError.self) { try Samples.network().convertedToFloat16(options) }
  }

  @Test func subgraphsReadAndGiveFloat16() throws {
    let model = try #require(Mutation.all.first { $0.description == "subgraphs" }).model()
    let half = try model.convertedToFloat16().model
    let branches = half.proto.graph.node.first { $0.opType == "If" }?.attribute.map(\.g) ?? []
    #expect(branches.map { $0.output.map(\.type.tensorType.elemType) } == [[10], [10]])
    var options = Float16Conversion.Options()
    options.excludedOperators = ["If"]
    let kept = try model.convertedToFloat16(options).model
    let same = kept.proto.graph.node.first { $0.opType == "If" }?.attribute.map(\.g) ?? []
    #expect(same.map { $0.output.map(\.type.tensorType.elemType) } == [[1], [1]])
    #expect(same.allSatisfy { $0.node.last?.input.first?.hasPrefix("n_float32") == true })
  }

  @Test func everyKeptOperatorExistsAndHasAReason() {
    let names = KeptOperator.standard.map(\.operatorType)
    #expect(Set(names).count == names.count)
    for kept in KeptOperator.standard { #expect(!kept.reason.isEmpty) }
  }
}

@Suite(.enabled(if: Peer.isPresent, "\(Peer.absence)")) struct Float16PeerTests {
  private struct Comparison: Decodable {
    let count: Int
    let differences: Int
    let first: String
  }

  /// All float16 numbers, what lies half way between neighbours and beside that, and many others.
  @Test func roundingIsNumPysBitForBit() throws {
    var floats: [Float] = (0...UInt16.max).map(HalfPrecision.value)
    for half in UInt16(0)..<0x7C00 {
      let (low, high) = (HalfPrecision.value(half), HalfPrecision.value(half + 1))
      let middle = half == 0x7BFF ? 65_520 : (low + high) / 2
      for value in [middle, middle.nextUp, middle.nextDown] { floats += [value, -value] }
    }
    var generator = SeededGenerator(seed: 16)
    for _ in 0..<300_000 { floats.append(Float(bitPattern: UInt32.random(in: 0 ... .max, using: &generator))) }
    let folder = try TemporaryFolder()
    try Data(floats.withUnsafeBytes { Array($0) }).write(to: folder.file("floats"))
    let halves = floats.map(HalfPrecision.bits)
    try Data(halves.withUnsafeBytes { Array($0) }).write(to: folder.file("halves"))
    let comparison = try Peer.run(
      "halves.py", [folder.file("floats").path, folder.file("halves").path], as: Comparison.self)
    #expect(comparison.count == floats.count)
    #expect(comparison.differences == 0, "\(comparison.first)")
  }

  @Test func widenedNumbersRoundBackToThemselves() {
    for half in 0...UInt16.max where half & 0x7FFF <= 0x7C00 {
      #expect(HalfPrecision.bits(HalfPrecision.value(half)) == half)
    }
  }

  private struct Judgement: Decodable {
    let error: Double
    let peerError: Double?
  }

  @Test func outputsAreAsCloseAsThePeers() throws {
    var models: [Model] = []
    for name in Samples.fixtures { models.append(try Samples.fixture(name)) }
    for opset in 13...21 { models.append(try Float16Samples.everything(opset: opset)) }
    for opset in [13, 19] { models.append(try Float16Samples.resize(opset: opset)) }
    models.append(try Float16Samples.loop())
    models.append(try #require(Mutation.all.first { $0.description == "subgraphs" }).model())
    let folder = try TemporaryFolder()
    var paths: [String] = []
    for (index, model) in models.enumerated() {
      for (name, version) in [("single", model), ("half", try model.convertedToFloat16().model)] {
        let url = folder.file("\(index)-\(name).onnx")
        try version.write(to: url)
        paths.append(url.path)
      }
    }
    let judgements = try Peer.run("halved.py", paths, as: [Judgement].self)
    #expect(judgements.count == models.count)
    for (model, judgement) in zip(models, judgements) {
      #expect(judgement.error < 5e-3, "\(model.graphName)")
      if let peer = judgement.peerError { #expect(judgement.error <= peer * 1.001 + 1e-7, "\(model.graphName)") }
    }
  }
}
