// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How an operator takes part in a quantized graph.
enum Role {
  /// A constant weight and an optional bias: `Conv`, `Gemm`, `MatMul`.
  case linear
  /// Any number of activations or constants, and a result with a range of its own.
  case elementwise
  /// One activation, and a result with a range of its own.
  case pooling
  /// Moves or selects elements; the result has the scale and zero point of the first input.
  case passThrough

  /// The role of each operator. All have integer kernels in ONNX Runtime, or run on integers as they are.
  static let all: [String: Role] = [
    "Conv": .linear, "Gemm": .linear, "MatMul": .linear,
    "Add": .elementwise, "Mul": .elementwise, "Concat": .elementwise,
    "AveragePool": .pooling, "GlobalAveragePool": .pooling,
    "MaxPool": .passThrough, "Flatten": .passThrough, "Reshape": .passThrough, "Transpose": .passThrough,
    "Squeeze": .passThrough, "Unsqueeze": .passThrough,
  ]

  /// Operators that cut values off; a range can do so for them.
  static let clamps: Set<String> = ["Relu", "Clip"]
}

/// What happens to one node.
enum Decision: Hashable {
  case linear
  case elementwise
  case pooling
  case passThrough
  /// Disappears into the range of the result before it.
  case fused
  /// Stays as it is, for a reason.
  case float(String)

  /// Whether the node works on integers and its result has a range of its own.
  var isComputing: Bool { self == .linear || self == .elementwise || self == .pooling }

  /// Whether the node reads integers.
  var isQuantized: Bool { isComputing || self == .passThrough }
}
