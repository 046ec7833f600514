// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How an operator's cost follows from the shapes of its tensors. Source: the operators' definitions in ONNX.
enum CostRule {
  /// A convolution whose weight is this input.
  case convolution(weight: Int)
  case transposedConvolution
  /// A product of matrices, whose second factor is this input.
  case product(second: Int)
  case einsum
  /// A recurrent layer with this many gates.
  case recurrent(gates: Int)
  /// A window that reads its whole kernel for each element that it gives.
  case window
  /// This many operations for each element of the first output.
  case perOutput(Int)
  /// This many operations for each element of the first input.
  case perInput(Int)
  case nothing

  struct Cost {
    var macs = 0
    var elementOperations = 0
  }

  static func find(_ node: Onnx_NodeProto) -> CostRule? {
    switch canonicalDomain(node.domain) {
    case "": own[node.opType]
    case "com.microsoft": ofONNXRuntime[node.opType]
    default: nil
    }
  }

  static func reason(_ node: Onnx_NodeProto, _ isFunction: Bool) -> String {
    if isFunction { return "it calls a function that the model defines" }
    if !node.subgraphs.isEmpty { return "how often its subgraphs run is decided by the data" }
    let domain = canonicalDomain(node.domain)
    return "no rule is known for \(domain.isEmpty ? "" : domain + ".")\(node.opType)"
  }

  private static let own: [String: CostRule] = {
    var rules: [String: CostRule] = [
      "Conv": .convolution(weight: 1), "ConvInteger": .convolution(weight: 1), "QLinearConv": .convolution(weight: 3),
      "ConvTranspose": .transposedConvolution, "Gemm": .product(second: 1), "MatMul": .product(second: 1),
      "MatMulInteger": .product(second: 1), "QLinearMatMul": .product(second: 3), "Einsum": .einsum,
      "LSTM": .recurrent(gates: 4), "GRU": .recurrent(gates: 3), "RNN": .recurrent(gates: 1), "MaxPool": .window,
      "AveragePool": .window, "LpPool": .window, "Softmax": .perInput(3), "LogSoftmax": .perInput(3),
      "BatchNormalization": .perOutput(2), "LayerNormalization": .perInput(5), "InstanceNormalization": .perInput(5),
      "GroupNormalization": .perInput(5), "QuantizeLinear": .perOutput(2), "DequantizeLinear": .perOutput(2),
      "DynamicQuantizeLinear": .perInput(4),
    ]
    for name in elementwise { rules[name] = .perOutput(1) }
    for name in reducing { rules[name] = .perInput(1) }
    for name in moving { rules[name] = .nothing }
    return rules
  }()

  private static let ofONNXRuntime: [String: CostRule] = [
    "FusedConv": .convolution(weight: 1), "FusedMatMul": .product(second: 1), "QGemm": .product(second: 3),
    "QLinearAdd": .perOutput(1), "QLinearMul": .perOutput(1), "QLinearSigmoid": .perOutput(1),
    "QLinearLeakyRelu": .perOutput(1), "QLinearGlobalAveragePool": .perInput(1), "QLinearConcat": .nothing,
    "Gelu": .perOutput(1), "QuickGelu": .perOutput(1), "QuantizeLinear": .perOutput(2),
    "DequantizeLinear": .perOutput(2),
  ]

  private static let elementwise = [
    "Abs", "Acos", "Acosh", "Add", "And", "Asin", "Asinh", "Atan", "Atanh", "BitShift", "BitwiseAnd", "BitwiseNot",
    "BitwiseOr", "BitwiseXor", "Ceil", "Celu", "Clip", "Cos", "Cosh", "Div", "Elu", "Equal", "Erf", "Exp", "Floor",
    "Gelu", "Greater", "GreaterOrEqual", "HardSigmoid", "HardSwish", "IsInf", "IsNaN", "LeakyRelu", "Less",
    "LessOrEqual", "Log", "Max", "Mean", "Min", "Mish", "Mod", "Mul", "Neg", "Not", "Or", "PRelu", "Pow", "Reciprocal",
    "Relu", "Round", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Sub", "Sum",
    "Swish", "Tan", "Tanh", "ThresholdedRelu", "Where", "Xor",
  ]

  private static let reducing = [
    "ArgMax", "ArgMin", "CumSum", "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "ReduceL1", "ReduceL2",
    "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum",
    "ReduceSumSquare",
  ]

  private static let moving = [
    "Cast", "CastLike", "Concat", "Constant", "ConstantOfShape", "DepthToSpace", "Dropout", "Expand", "EyeLike",
    "Flatten", "Gather", "GatherElements", "GatherND", "Identity", "OneHot", "Pad", "Range", "Reshape",
    "ReverseSequence", "ScatterElements", "ScatterND", "Shape", "Size", "Slice", "SpaceToDepth", "Split", "Squeeze",
    "Tile", "Transpose", "Trilu", "Unsqueeze",
  ]
}
