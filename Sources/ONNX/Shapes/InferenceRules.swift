// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

/// How each operator's outputs follow from its inputs. Source: the operators' documentation in ONNX.
enum InferenceRules {
  /// Applies the rule of the step's operator; an operator without a rule leaves its outputs unknown.
  static func apply(to step: inout InferenceStep) throws(ONNXError) {
    switch step.node.operatorType {
    case "Conv", "ConvInteger": try convolution(&step)
    case "QLinearConv": try convolution(&step, weight: 3)
    case "ConvTranspose": try transposedConvolution(&step)
    case "MaxPool", "AveragePool", "LpPool": try pooling(&step)
    case "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool": try globalPooling(&step)
    case "BatchNormalization": try batchNormalization(&step)
    case "Gemm": try gemm(&step)
    case "MatMul", "MatMulInteger": try matMul(&step)
    case "QLinearMatMul": try matMul(&step, factor: 3)
    case "LSTM", "GRU", "RNN": try recurrent(&step)
    case "Einsum": try einsum(&step)
    case "Flatten": try flatten(&step)
    case "Reshape": try reshape(&step)
    case "Transpose": try transpose(&step)
    case "Concat": try concat(&step)
    case "Squeeze": try squeeze(&step)
    case "Unsqueeze": try unsqueeze(&step)
    case "Pad": try pad(&step)
    case "Gather": try gather(&step)
    case "GatherElements": gatherElements(&step)
    case "GatherND": try gatherND(&step)
    case "Slice": try slice(&step)
    case "Split": try split(&step)
    case "TopK": try topK(&step)
    case "ArgMax", "ArgMin": try argumentOfExtremum(&step)
    case "OneHot": try oneHot(&step)
    case "NonZero": nonZero(&step)
    case "ConstantOfShape": constantOfShape(&step)
    case "Expand": try expand(&step)
    case "Tile": try tile(&step)
    case "Range": range(&step)
    case "Size": size(&step)
    case "RandomNormal", "RandomUniform": random(&step)
    case "Resize", "Upsample": resize(&step)
    case "DepthToSpace", "SpaceToDepth": try depthToSpace(&step)
    case "Where": try choice(&step)
    case "Cast": cast(&step)
    case "Constant": constant(&step)
    case "Dropout": dropout(&step)
    case "Shape": shape(&step)
    case "DynamicQuantizeLinear": dynamicQuantizeLinear(&step)
    case "QuantizeLinear": quantizeLinear(&step)
    case "DequantizeLinear": dequantizeLinear(&step)
    case let name where alike.contains(name): sameAsFirst(&step)
    case let name where shapedLikeFirst.contains(name): shapedLikeFirst(&step)
    case let name where arithmetic.contains(name): try broadcast(&step)
    case let name where comparisons.contains(name): try comparison(&step)
    case let name where name.hasPrefix("Reduce"): try reduction(&step)
    default: return
    }
  }

  /// Operators whose first output has the type and shape of their first input.
  private static let alike: Set = [
    "Abs", "Acos", "Asin", "Atan", "Ceil", "Celu", "Clip", "Cos", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid",
    "HardSwish", "Hardmax", "Identity", "InstanceNormalization", "LRN", "LayerNormalization", "LeakyRelu", "Log",
    "LogSoftmax", "LpNormalization", "Mish", "Neg", "Not", "PRelu", "Reciprocal", "Relu", "Round", "Selu", "Shrink",
    "Sigmoid", "Sign", "Sin", "Softmax", "Softplus", "Softsign", "Sqrt", "Swish", "Tan", "Tanh", "ThresholdedRelu",
    "GroupNormalization", "RMSNormalization", "Acosh", "Asinh", "Atanh", "Cosh", "Sinh", "BitwiseNot", "CumSum",
    "MeanVarianceNormalization", "Scatter", "ScatterElements", "ScatterND", "TensorScatter", "Trilu",
  ]
  /// Operators whose first output has the shape of their first input, and a type that is not always the same.
  private static let shapedLikeFirst: Set = [
    "Bernoulli", "CastLike", "EyeLike", "IsInf", "IsNaN", "RandomNormalLike", "RandomUniformLike",
  ]
  private static let arithmetic: Set = [
    "Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum", "Mean", "Mod", "BitShift", "BitwiseAnd", "BitwiseOr",
    "BitwiseXor",
  ]
  private static let comparisons: Set = [
    "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or", "Xor",
  ]

  static func sameAsFirst(_ step: inout InferenceStep) {
    step.outputs[0] = step.input(0)
    if step.node.operatorType == "Identity" { step.outputIntegers = step.elements(0) }
  }

  static func dropout(_ step: inout InferenceStep) {
    step.outputs[0] = step.input(0)
    step.give(.bool, step.input(0).dimensions, output: 1)
  }

  static func batchNormalization(_ step: inout InferenceStep) throws(ONNXError) {
    step.outputs[0] = step.input(0)
    guard let dimensions = step.input(0).dimensions, dimensions.count >= 2, let channels = dimensions[1]?.extent else {
      return
    }
    for index in 1...4 {
      guard let shape = step.input(index).fixedShape, shape != [channels] else { continue }
      throw step.mismatch("input number \(index + 1) has the shape \(shape), and the data have \(channels) channels")
    }
  }

  static func cast(_ step: inout InferenceStep) {
    step.give(ElementType(onnx: Int32(clamping: step.int("to", default: 0))), step.input(0).dimensions)
    step.outputIntegers = step.outputs[0]?.elementType.flatMap {
      [.int64, .int32, .bool].contains($0) ? step.elements(0) : nil
    }
  }

  static func constant(_ step: inout InferenceStep) {
    switch step.node.attributes.first?.value {
    case .tensor(let tensor)?:
      step.outputs[0] = InferredTensor(tensor)
      step.outputIntegers = ShapeInference.integers(tensor)
      step.outputNumbers = ShapeInference.numbers(tensor)
    case .int(let value)?:
      step.give(.int64, [])
      step.outputIntegers = [.fixed(Int(value))]
    case .ints(let values)?:
      step.give(.int64, [.fixed(values.count)])
      step.outputIntegers = values.map { .fixed(Int($0)) }
    case .float?: step.give(.float32, [])
    case .floats(let values)?: step.give(.float32, [.fixed(values.count)])
    default: return
    }
  }

  static func shape(_ step: inout InferenceStep) {
    guard let dimensions = step.input(0).dimensions else { return step.give(.int64, [nil]) }
    let start = clampedAxis(step.int("start", default: 0), dimensions.count)
    let end = clampedAxis(step.int("end", default: dimensions.count), dimensions.count)
    let part = start < end ? Array(dimensions[start..<end]) : []
    step.give(.int64, [.fixed(part.count)])
    step.outputIntegers = part
  }

  private static func clampedAxis(_ axis: Int, _ rank: Int) -> Int {
    let front = axis < 0 ? axis.plus(rank) ?? 0 : axis
    return min(max(front, 0), rank)
  }

  static func dynamicQuantizeLinear(_ step: inout InferenceStep) {
    step.give(.uint8, step.input(0).dimensions)
    step.give(.float32, [], output: 1)
    step.give(.uint8, [], output: 2)
  }

  static func quantizeLinear(_ step: inout InferenceStep) {
    let declared = ElementType(onnx: Int32(clamping: step.int("output_dtype", default: 0)))
    let fallback: ElementType? = step.has(2) ? step.input(2).elementType : declared ?? .uint8
    step.give(fallback, step.input(0).dimensions)
  }

  static func dequantizeLinear(_ step: inout InferenceStep) {
    let declared = ElementType(onnx: Int32(clamping: step.int("output_dtype", default: 0)))
    step.give(declared ?? step.input(1).elementType, step.input(0).dimensions)
  }
}
