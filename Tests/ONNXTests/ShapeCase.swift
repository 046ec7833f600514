// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import ONNX
import Tensors

/// One node, whose result's shape is to be inferred.
struct ShapeCase: Sendable, CustomStringConvertible {
  let operatorType: String
  let inputs: [[Dimension]]
  var integers: [[Int64]] = []
  var attributes: [String: AttributeValue] = [:]
  var resultType = ElementType.float32
  var opset = 17

  var description: String { "\(operatorType) \(inputs) \(integers) \(attributes)" }

  init(
    _ operatorType: String, _ inputs: [[Dimension]], _ integers: [[Int64]] = [],
    _ attributes: [String: AttributeValue] = [:], gives resultType: ElementType = .float32, opset: Int = 17
  ) {
    self.operatorType = operatorType
    self.inputs = inputs
    self.integers = integers
    self.attributes = attributes
    self.resultType = resultType
    self.opset = opset
  }

  func model() throws -> Model {
    var graph = GraphBuilder()
    var names: [String] = []
    for (index, dimensions) in inputs.enumerated() {
      graph.addInput(name: "x\(index)", elementType: .float32, dimensions: dimensions)
      names.append("x\(index)")
    }
    for (index, values) in integers.enumerated() {
      graph.addInitializer("i\(index)", try Tensor(values, shape: [values.count]))
      names.append("i\(index)")
    }
    graph.addNode(operatorType, inputs: names, outputs: ["y"], attributes: attributes, name: "node")
    // A second node keeps what the first one gives among the intermediate tensors.
    graph.addNode("Identity", inputs: ["y"], outputs: ["z"])
    graph.addOutput(name: "z", elementType: resultType, dimensions: [])
    var model = try graph.build(graphName: "case", opset: opset)
    model.proto.graph.output[0].type.tensorType.clearShape()
    return model
  }

  static let all = windows + products + layouts + others + selections + transposed + misfits

  private static let windows: [ShapeCase] = [
    .init("Conv", [["n", 3, 8, 9], [4, 3, 3, 3]]),
    .init("Conv", [[2, 3, 8, 9], [4, 3, 3, 3], [4]], [], ["pads": .ints([1, 0, 2, 1]), "strides": .ints([2, 3])]),
    .init("Conv", [["n", 4, 9, 9], [6, 2, 3, 3]], [], ["group": .int(2), "dilations": .ints([2, 2])]),
    .init(
      "Conv", [["n", 4, 9, 8], [4, 4, 3, 2]], [], ["auto_pad": .string("SAME_UPPER"), "strides": .ints([2, 2])]),
    .init("Conv", [["n", 4, 9, 8], [4, 4, 3, 2]], [], ["auto_pad": .string("VALID")]),
    .init("Conv", [["n", 2, 16], [4, 2, 5]]),
    .init("Conv", [["n", 2, 4, 5, 6], [4, 2, 2, 2, 2]]),
    .init("Conv", [["n", 3, "h", 8], [4, 3, 3, 3]]),
    .init("MaxPool", [["n", 3, 8, 8]], [], ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])]),
    .init(
      "MaxPool", [["n", 3, 7, 7]], [],
      ["kernel_shape": .ints([3, 3]), "strides": .ints([2, 2]), "ceil_mode": .int(1)]),
    .init(
      "MaxPool", [[1, 3, 5, 5]], [],
      [
        "kernel_shape": .ints([2, 2]), "strides": .ints([3, 3]), "ceil_mode": .int(1), "pads": .ints([0, 0, 1, 1]),
      ], opset: 22),
    .init("AveragePool", [[2, 3, 9, 8]], [], ["kernel_shape": .ints([3, 2]), "pads": .ints([1, 0, 1, 1])]),
    .init(
      "AveragePool", [[2, 3, 9, 8]], [],
      ["kernel_shape": .ints([3, 2]), "auto_pad": .string("SAME_LOWER"), "strides": .ints([2, 2])]),
    .init("GlobalAveragePool", [["n", 3, "h", 8]]),
    .init("BatchNormalization", [["n", 3, 4, 4], [3], [3], [3], [3]]),
  ]

  private static let products: [ShapeCase] = [
    .init("Gemm", [["n", 4], [4, 5], [5]]),
    .init("Gemm", [[4, "n"], [5, 4]], [], ["transA": .int(1), "transB": .int(1)]),
    .init("MatMul", [["n", 4], [4, 5]]),
    .init("MatMul", [[4], [4, 5]]),
    .init("MatMul", [["n", 4], [4]]),
    .init("MatMul", [[2, 1, 3, 4], [5, 4, 6]]),
    .init("Add", [["n", 3, 1], [3, 5]]),
    .init("Mul", [["n", 3, 4], [1]]),
    .init("Sub", [["a"], ["a"]]),
    .init("Div", [["a", 1], [1, "b"]]),
    .init("Less", [[2, 1], [3]], gives: .bool),
  ]

  private static let layouts: [ShapeCase] = [
    .init("Flatten", [["n", 3, 4, 5]]),
    .init("Flatten", [[2, 3, 4, 5]], [], ["axis": .int(-2)]),
    .init("Flatten", [["n", 1, 1]], [], ["axis": .int(0)]),
    .init("Flatten", [["n", "m", 2]]),
    .init("Reshape", [["n", 3, 4]], [[0, -1]]),
    .init("Reshape", [["n", 3, 4]], [[-1, 12]]),
    .init("Reshape", [["n", 3, 4]], [[0, 4, 3]]),
    .init("Reshape", [[2, 3, 4]], [[6, -1]]),
    .init("Reshape", [[0, 3]], [[0, 3]], ["allowzero": .int(1)]),
    .init("Transpose", [["n", 3, 4, 5]], [], ["perm": .ints([0, 2, 3, 1])]),
    .init("Transpose", [["n", 3]]),
    .init("Concat", [["n", 3, 4], ["n", 5, 4]], [], ["axis": .int(1)]),
    .init("Concat", [["n", 3], ["m", 3]], [], ["axis": .int(-2)]),
    .init("Squeeze", [[1, 3, 1]], [[0, -1]]),
    .init("Squeeze", [[1, 3, 1]]),
    .init("Unsqueeze", [["n", 3]], [[0, -1]]),
    .init("Pad", [["n", 3, 4]], [[0, 1, 2, 0, 3, 4]]),
    .init("Gather", [[5, 6]], [[0, 1, 2]], ["axis": .int(1)]),
  ]

  private static let others: [ShapeCase] = [
    .init("Relu", [["n", 3]]), .init("Sigmoid", [["n", 3]]), .init("HardSwish", [["n", 3]]),
    .init("HardSigmoid", [[2]]), .init("Softmax", [["n", 3]]), .init("Clip", [["n", 3]]),
    .init("ReduceMean", [["n", 3, 4]], [], ["axes": .ints([1, -1]), "keepdims": .int(0)]),
    .init("ReduceMean", [["n", 3, 4]]),
    .init("ReduceSum", [["n", 3, 4]], [[2]]),
    .init("ReduceMax", [["n", 3, 4]], [], ["axes": .ints([-1])]),
    .init("Cast", [["n", 3]], [], ["to": .int(7)], gives: .int64),
    .init("Shape", [[2, 3]], gives: .int64),
    .init("Dropout", [["n", 3]]),
  ]

  private static let selections: [ShapeCase] = [
    .init("Slice", [["n", 9, 8]], [[1, 0], [7, 100], [1, 2], [2, 3]]),
    .init("Slice", [[5, 9]], [[-1], [-100], [1], [-2]]),
    .init("Slice", [[5, 9]], [[4, 7], [2, 8]]),
    .init("Slice", [["n", 9]], [[0], [.max], [0]]),
    .init("Split", [[6, 4]], [[6]]),
    .init("Split", [["n", 4]], [], ["axis": .int(1)]),
    .init("Expand", [[3, 1]], [[2, 1, 4]]),
    .init("Tile", [["n", 3]], [[1, 2]]),
    .init("Tile", [[2, 3]], [[3, 2]]),
    .init("GatherND", [[5, 6, 7]], [[1, 2]]),
    .init("ConstantOfShape", [], [[2, 3]]),
    .init("ArgMax", [["n", 3, 4]], [], ["axis": .int(-1)], gives: .int64),
    .init("ArgMin", [[2, 3, 4]], [], ["axis": .int(1), "keepdims": .int(0)], gives: .int64),
    .init("NonZero", [["n", 3, 4]], gives: .int64),
    .init("Size", [[2, 3]], gives: .int64),
    .init("IsNaN", [["n", 3]], gives: .bool),
    .init("Equal", [["n", 3], [1]], gives: .bool),
    .init("Trilu", [["n", 3, 3]]),
    .init("EyeLike", [[3, 4]]),
    .init("RandomNormalLike", [["n", 4]]),
    .init("DepthToSpace", [["n", 8, 4, 5]], [], ["blocksize": .int(2)]),
    .init("SpaceToDepth", [["n", 2, 4, 6]], [], ["blocksize": .int(2)]),
  ]

  private static let transposed: [ShapeCase] = [
    .init("ConvTranspose", [["n", 4, 5, 6], [4, 3, 3, 2]]),
    .init(
      "ConvTranspose", [["n", 4, 5, 6], [4, 3, 3, 3]], [],
      [
        "group": .int(2), "strides": .ints([2, 3]), "pads": .ints([1, 0, 1, 2]), "output_padding": .ints([1, 0]),
        "dilations": .ints([1, 2]),
      ]),
    .init(
      "ConvTranspose", [[1, 4, 5], [4, 2, 4]], [], ["auto_pad": .string("SAME_UPPER"), "strides": .ints([2])]),
    .init("ConvTranspose", [[1, 4, 5], [4, 2, 4]], [], ["output_shape": .ints([11]), "strides": .ints([2])]),
    .init("LpPool", [["n", 3, 8, 8]], [], ["kernel_shape": .ints([2, 2])]),
    .init(
      "LSTM", [[7, "n", 3], [2, 16, 3], [2, 16, 4]], [],
      ["hidden_size": .int(4), "direction": .string("bidirectional")]),
    .init("GRU", [[7, 2, 3], [1, 12, 3], [1, 12, 4]], [], ["hidden_size": .int(4)]),
    .init("RNN", [["t", 2, 3], [1, 4, 3], [1, 4, 4]], [], ["hidden_size": .int(4)]),
    .init("Einsum", [["n", 2, 3], ["n", 3, 4]], [], ["equation": .string("bij,bjk->bik")]),
    .init("Einsum", [[2, 3], [3, 4]], [], ["equation": .string("ij,jk")]),
    .init("Einsum", [[3, 3]], [], ["equation": .string("ii->i")]),
  ]

  /// Nodes whose inputs don't fit together.
  static let misfits: [ShapeCase] = [
    .init("Add", [[2], [3]]), .init("MatMul", [[2, 3], [4, 5]]), .init("Gemm", [[2, 3], [4, 5]]),
    .init("Concat", [[2, 3], [3, 3]], [], ["axis": .int(1)]), .init("Reshape", [[2, 3]], [[4, 2]]),
    .init("Squeeze", [[2, 3]], [[0]]), .init("Transpose", [[2, 3]], [], ["perm": .ints([0, 2])]),
    .init("Flatten", [[2, 3]], [], ["axis": .int(5)]),
  ]
}
