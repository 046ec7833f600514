// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import ONNX
import Tensors
import Testing

@Suite struct FeedingTests {
  private func scaling(
    output: String, opset: Int = 18, constant: String = "factor"
  ) throws -> Model {
    var graph = GraphBuilder()
    graph.addInput(name: "raw", elementType: .uint8, dimensions: ["batch", 2])
    graph.addInitializer(constant, try Tensor([Float(0.5), 0.25], shape: [2]))
    graph.addNode("Cast", inputs: ["raw"], outputs: ["cast"], attributes: ["to": .int(1)], name: "cast.node")
    graph.addNode("Mul", inputs: ["cast", constant], outputs: [output], name: "mul.node")
    graph.addOutput(name: output, elementType: .float32, dimensions: ["batch", 2])
    return try graph.build(graphName: "scaling", opset: opset)
  }

  private func network() throws -> Model {
    var graph = GraphBuilder()
    graph.addInput(name: "x", elementType: .float32, dimensions: ["batch", 2])
    graph.addInitializer("w", try Tensor([Float](repeating: 1, count: 6), shape: [2, 3]))
    graph.addNode("MatMul", inputs: ["x", "w"], outputs: ["y"], name: "matmul")
    graph.addOutput(name: "y", elementType: .float32, dimensions: ["batch", 3])
    var model = try graph.build(graphName: "network", opset: 18)
    model.metadata["key"] = "kept"
    return model
  }

  @Test func `a prefix's inputs take the place of the input that it gives`() throws {
    let joined = try network().fed(by: scaling(output: "x"))
    #expect(try joined.inputs == [TensorSpec(name: "raw", elementType: .uint8, shape: [nil, 2])])
    #expect(try joined.outputs.map(\.name) == ["y"])
    #expect(joined.nodes.map(\.operatorType) == ["Cast", "Mul", "MatMul"])
    #expect(joined.metadata["key"] == "kept")
    #expect(joined.graphName == "network")
  }

  @Test func `what doesn't fit is refused with the reason`() throws {
    let network = try network()
    for prefix in [
      try scaling(output: "z"), try scaling(output: "x", opset: 17), try scaling(output: "x", constant: "w"),
    ] {
      #expect(throws: ONNXError.self) { try network.fed(by: prefix) }
    }
  }
}
