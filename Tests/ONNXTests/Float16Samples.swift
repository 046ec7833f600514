// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import ONNX
import Tensors

/// Models with what a conversion to float16 has to look at.
enum Float16Samples {
  /// Constants in all forms, casts there and back, a type from an attribute, an operator that stays, a shared constant.
  static func everything(opset: Int) throws -> Model {
    var graph = GraphBuilder()
    graph.addInput(name: "x", elementType: .float32, dimensions: [2, 6])
    graph.addInput(name: "n", elementType: .int64, dimensions: [2, 6])
    graph.addInitializer("w", try Samples.random([6, 6], seed: 1))
    graph.addNode("MatMul", inputs: ["x", "w"], outputs: ["a"])
    graph.addNode("Constant", inputs: [], outputs: ["half"], attributes: ["value_float": .float(0.5)])
    graph.addNode("Mul", inputs: ["a", "half"], outputs: ["b"])
    graph.addNode(
      "Constant", inputs: [], outputs: ["two"], attributes: ["value": .tensor(try Tensor([2] as [Float], shape: []))])
    graph.addNode("Pow", inputs: ["b", "two"], outputs: ["c"], name: "square")
    graph.addNode("Shape", inputs: ["c"], outputs: ["s"])
    graph.addNode(
      "ConstantOfShape", inputs: ["s"], outputs: ["o"],
      attributes: ["value": .tensor(try Tensor([1] as [Float], shape: [1]))])
    graph.addNode("Add", inputs: ["c", "o"], outputs: ["d"])
    graph.addNode("Cast", inputs: ["n"], outputs: ["m"], attributes: ["to": .int(1)])
    graph.addNode("Mul", inputs: ["m", "half"], outputs: ["e"])
    graph.addNode("Add", inputs: ["d", "e"], outputs: ["f"])
    graph.addNode("MatMul", inputs: ["f", "w"], outputs: ["g"])
    graph.addNode("Greater", inputs: ["g", "f"], outputs: ["mask"])
    graph.addNode("Cast", inputs: ["mask"], outputs: ["maskf"], attributes: ["to": .int(1)])
    graph.addNode("Where", inputs: ["mask", "g", "maskf"], outputs: ["h"])
    graph.addNode("Cast", inputs: ["h"], outputs: ["wide"], attributes: ["to": .int(11)])
    graph.addNode("Cast", inputs: ["wide"], outputs: ["y"], attributes: ["to": .int(1)])
    graph.addOutput(name: "y", elementType: .float32, dimensions: [2, 6])
    graph.addOutput(name: "c", elementType: .float32, dimensions: [2, 6])
    return try graph.build(graphName: "everything-\(opset)", opset: opset)
  }

  /// An extent that passes through floating-point numbers, and scales that the schema wants in float32.
  static func resize(opset: Int) throws -> Model {
    var graph = GraphBuilder()
    graph.addInput(name: "x", elementType: .float32, dimensions: [1, 2, 5, 5])
    graph.addNode("Relu", inputs: ["x"], outputs: ["r"])
    graph.addNode("Shape", inputs: ["r"], outputs: ["s"])
    graph.addNode("Cast", inputs: ["s"], outputs: ["f"], attributes: ["to": .int(1)])
    graph.addInitializer("scales", try Tensor([1, 1, 2.1, 2.1] as [Float], shape: [4]))
    graph.addNode("Mul", inputs: ["f", "scales"], outputs: ["g"])
    graph.addNode("Floor", inputs: ["g"], outputs: ["i"])
    graph.addNode("Cast", inputs: ["i"], outputs: ["sizes"], attributes: ["to": .int(7)])
    graph.addNode(
      "Resize", inputs: ["r", "", "", "sizes"], outputs: ["a"], attributes: ["mode": .string("nearest")])
    graph.addNode("Resize", inputs: ["a", "", "scales"], outputs: ["y"], attributes: ["mode": .string("nearest")])
    graph.addOutput(name: "y", elementType: .float32, dimensions: [1, 2, "h", "w"])
    return try graph.build(graphName: "resize-\(opset)", opset: opset)
  }

  /// A `Loop` that carries a tensor, reads one from around it, and collects another.
  static func loop() throws -> Model {
    var graph = GraphBuilder()
    graph.addInput(name: "x", elementType: .float32, dimensions: [3])
    graph.addInitializer("w", try Tensor([0.5, 0.25, 2] as [Float], shape: [3]))
    graph.addInitializer("count", try Tensor([3] as [Int64], shape: []))
    graph.addNode("Relu", inputs: ["x"], outputs: ["a"])
    graph.addNode("Identity", inputs: ["a"], outputs: ["y"], name: "loop")
    graph.addNode("Identity", inputs: ["a"], outputs: ["all"])
    graph.addOutput(name: "y", elementType: .float32, dimensions: [3])
    graph.addOutput(name: "all", elementType: .float32, dimensions: ["n", 3])
    var model = try graph.build(graphName: "loop")
    var body = Onnx_GraphProto()
    body.name = "body"
    body.input = [
      Onnx_ValueInfoProto(name: "i", elementType: .int64, dimensions: []),
      Onnx_ValueInfoProto(name: "go", elementType: .bool, dimensions: []),
      Onnx_ValueInfoProto(name: "state", elementType: .float32, dimensions: [3]),
    ]
    for (operatorType, inputs, output) in [
      ("Mul", ["state", "w"], "scaled"), ("Add", ["scaled", "a"], "next"), ("Identity", ["go"], "again"),
      ("Identity", ["scaled"], "seen"),
    ] {
      var node = Onnx_NodeProto()
      node.opType = operatorType
      node.input = inputs
      node.output = [output]
      body.node.append(node)
    }
    body.output = [
      Onnx_ValueInfoProto(name: "again", elementType: .bool, dimensions: []),
      Onnx_ValueInfoProto(name: "next", elementType: .float32, dimensions: [3]),
      Onnx_ValueInfoProto(name: "seen", elementType: .float32, dimensions: [3]),
    ]
    var attribute = Onnx_AttributeProto()
    attribute.name = "body"
    attribute.type = .graph
    attribute.g = body
    model.proto.graph.node[1].opType = "Loop"
    model.proto.graph.node[1].input = ["count", "", "a"]
    model.proto.graph.node[1].output = ["y", "all"]
    model.proto.graph.node[1].attribute = [attribute]
    model.proto.graph.node.removeLast()
    try model.check()
    return model
  }
}
