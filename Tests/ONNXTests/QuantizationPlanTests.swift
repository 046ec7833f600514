// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import ONNX
import Tensors
import Testing

@Suite struct QuantizationPlanTests {
  private func outcomes(_ plan: QuantizationPlan) -> [String: QuantizationReport.Outcome] {
    Dictionary(plan.nodes.map { ($0.name, $0.outcome) }, uniquingKeysWith: { first, _ in first })
  }

  @Test func everyNodeOfANetworkIsQuantizedOrFused() throws {
    let plan = try StaticQuantization.plan(for: Samples.network())
    #expect(plan.observed == ["x", "r", "g"])
    #expect(
      outcomes(plan) == [
        "conv": .quantized, "relu": .fused, "pool": .quantized, "average": .quantized, "flatten": .quantized,
        "fc": .quantized,
      ])
  }

  @Test func inputsAndOutputsStayFloat() throws {
    let model = try Samples.network()
    for isOutputQuantized in [false, true] {
      var options = StaticQuantization.Options()
      options.quantizesOutputs = isOutputQuantized
      let plan = try StaticQuantization.plan(for: model, options: options)
      let quantized = try plan.quantized(ranges: Samples.ranges(plan))
      #expect(try quantized.inputs == model.inputs)
      #expect(try quantized.outputs == model.outputs)
      #expect(plan.observed.contains("y") == isOutputQuantized)
      try quantized.check()
      _ = try quantized.inferredTensors()
    }
  }

  @Test func eachTensorIsQuantizedOnceAndDequantizedPerReader() throws {
    let plan = try StaticQuantization.plan(for: try Samples.fixture("residual"))
    let nodes = try plan.quantized(ranges: Samples.ranges(plan)).nodes
    let quantizations = nodes.filter { $0.operatorType == "QuantizeLinear" }.flatMap { $0.inputs.prefix(1) }
    #expect(Set(quantizations).count == quantizations.count)
    for node in nodes where node.operatorType == "DequantizeLinear" {
      #expect(nodes.filter { $0.inputs.contains(node.outputs[0]) }.count <= 1)
    }
  }

  @Test func observingModelsShowWhatIsObserved() throws {
    let plan = try StaticQuantization.plan(for: Samples.network())
    let observing = try plan.observing()
    try observing.check()
    #expect(Set(try observing.outputs.map(\.name)).isSuperset(of: plan.observed))
  }

  @Test func metadataIsKept() throws {
    var model = try Samples.network()
    model.metadata = ["origin": "tests"]
    let plan = try StaticQuantization.plan(for: model)
    #expect(try plan.quantized(ranges: Samples.ranges(plan)).metadata == ["origin": "tests"])
  }

  @Test func theReportListsEveryTensor() throws {
    let plan = try StaticQuantization.plan(for: Samples.network())
    let report = try plan.quantization(ranges: Samples.ranges(plan)).report
    #expect(report.tensors.map(\.name) == ["x", "conv.weight", "conv.bias", "r", "g", "fc.weight", "fc.bias"])
    #expect(report.tensors.map(\.scales.count) == [1, 4, 4, 1, 1, 10, 10])
    let relu = try #require(report.tensors.first { $0.name == "r" })
    #expect(relu.range == ActivationRange(minimum: 0, maximum: 6), "Relu cuts the range off at 0")
    #expect(relu.zeroPoint == 0)
    let decoded = try JSONDecoder().decode(QuantizationReport.self, from: try JSONEncoder().encode(report))
    #expect(decoded == report)
  }

  @Test func excludedNodesAndTensorsStayFloat() throws {
    var options = StaticQuantization.Options()
    options.excludedNodes = ["fc"]
    var plan = try StaticQuantization.plan(for: Samples.network(), options: options)
    #expect(outcomes(plan)["fc"] == .float("the node is excluded"))
    options = StaticQuantization.Options()
    options.excludedTensors = ["x"]
    plan = try StaticQuantization.plan(for: Samples.network(), options: options)
    #expect(outcomes(plan)["conv"] == .float("its tensor 'x' is excluded"))
    #expect(plan.observed == ["g"])
    try plan.quantized(ranges: Samples.ranges(plan)).check()
    options = StaticQuantization.Options()
    options.excludedNodes = ["stranger"]
    #expect(throws: ONNXError.self) { try StaticQuantization.plan(for: Samples.network(), options: options) }
  }

  @Test func refusalsSayWhy() throws {
    let plan = try StaticQuantization.plan(for: Samples.network())
    var ranges = Samples.ranges(plan)
    let quantized = try plan.quantized(ranges: ranges)
    let again = try #require(throws: ONNXError.self) { try StaticQuantization.plan(for: quantized) }
    #expect(again.code == .notQuantizable && again.reason.contains("already"))
    let old = try Samples.network(opset: 12)
    #expect(throws: ONNXError.self) { try StaticQuantization.plan(for: old) }
    ranges["r"] = nil
    ranges["g"] = nil
    let missing = try #require(throws: ONNXError.self) { try plan.quantized(ranges: ranges) }
    #expect(missing.code == .missingRange && missing.location.contains("r, g"))
    for bad in [
      ActivationRange(minimum: .nan, maximum: 1), .init(minimum: 0, maximum: .infinity), .init(minimum: 2, maximum: 1),
    ] {
      ranges = Samples.ranges(plan)
      ranges["x"] = bad
      let invalid = try #require(throws: ONNXError.self) { try plan.quantized(ranges: ranges) }
      #expect(invalid.code == .invalidRange && invalid.location == "tensor 'x'")
    }
    var options = StaticQuantization.Options()
    options.operators = ["Add"]
    let nothing = try #require(throws: ONNXError.self) {
      try StaticQuantization.plan(for: Samples.network(), options: options)
    }
    #expect(nothing.code == .notQuantizable)
  }

  @Test func aReluWhoseInputIsReadElsewhereIsNotFused() throws {
    var model = try Samples.network()
    model.proto.graph.output.append(
      Onnx_ValueInfoProto(name: "n", elementType: .float32, dimensions: ["batch", 4, 8, 8]))
    let plan = try StaticQuantization.plan(for: model)
    #expect(outcomes(plan)["relu"] == .float("the values before it are needed too"))
    let quantized = try plan.quantized(ranges: Samples.ranges(plan))
    #expect(try quantized.outputs.map(\.name) == ["y", "n"])
  }

  @Test func aReluBehindAPoolingIsFused() throws {
    let plan = try StaticQuantization.plan(for: try Samples.fixture("pool-first"))
    #expect(plan.nodes.filter { $0.operatorType == "Relu" }.allSatisfy { $0.outcome == .fused })
  }

  @Test func aModelOfAnotherElementTypeIsRefused() throws {
    var graph = GraphBuilder()
    graph.addInput(name: "x", elementType: .float64, dimensions: ["n", 2])
    graph.addInitializer("w", try Tensor([1, 2, 3, 4] as [Double], shape: [2, 2]))
    graph.addNode("MatMul", inputs: ["x", "w"], outputs: ["y"])
    graph.addOutput(name: "y", elementType: .float64, dimensions: ["n", 2])
    let model = try graph.build(graphName: "double")
    let error = try #require(throws: ONNXError.self) { try StaticQuantization.plan(for: model) }
    #expect(error.reason.contains("float32"))
  }

  @Test(arguments: StaticQuantization.WeightRange.allCases, StaticQuantization.ActivationType.allCases)
  func everyOptionGivesAValidModel(
    _ range: StaticQuantization.WeightRange, _ type: StaticQuantization.ActivationType
  ) throws {
    for name in Samples.fixtures {
      for (isPerChannel, isOutputQuantized) in [(true, false), (false, true)] {
        var options = StaticQuantization.Options()
        options.weightRange = range
        options.activationType = type
        options.isPerChannel = isPerChannel
        options.quantizesOutputs = isOutputQuantized
        let plan = try StaticQuantization.plan(for: try Samples.fixture(name), options: options)
        try plan.quantized(ranges: Samples.ranges(plan)).check()
      }
    }
  }
}
