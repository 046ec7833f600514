// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Operators that a conversion to float16 leaves in float32, and why.
///
/// Where ONNX's own schema allows float32 but not float16 in the model's operator set (`NonMaxSuppression`, the scales
/// of `Resize`, `Range` before operator set 27, `QuantizeLinear` before 19 …), nothing needs to stand
/// here: the schema decides.
public struct KeptOperator: Sendable, Hashable {
  /// The operator, of ONNX's own domain.
  public let operatorType: String
  /// Why it stays, as the end of a sentence.
  public let reason: String

  /// The operators that stay unless a conversion is told otherwise.
  public static let standard: [KeptOperator] =
    kept(generating, "ONNX Runtime's CPU makes its result in float32 only")
    + kept(random, "rounded, its random numbers would be others")
    + kept(growing, "its result, or what it adds up on the way, leaves float16's range easily")
    + kept(fine, "it works on coordinates or frequencies, for which float16 is too coarse")
    + kept(quantizing, "its scales need float32")
    + kept(selecting, "rounding makes different numbers equal, which changes what it chooses")

  /// Source: ONNX Runtime 1.31, which has no float16 kernel for these and often has no float input to put
  /// casts of its own before.
  private static let generating = [
    "BlackmanWindow", "EyeLike", "HammingWindow", "HannWindow", "MelWeightMatrix", "RandomNormal", "RandomUniform",
  ]

  private static let random = ["Bernoulli", "Multinomial", "RandomNormalLike", "RandomUniformLike"]

  /// Source: the definition of each; sums of squares, products and powers leave ±65504 although their inputs don't.
  private static let growing = [
    "CumSum", "Det", "Pow", "ReduceL2", "ReduceLogSumExp", "ReduceProd", "ReduceSumSquare", "LpNormalization",
    "MeanVarianceNormalization",
  ]

  /// Source: coordinates are larger than 2048, from where on float16 does not hold each integer.
  private static let fine = ["AffineGrid", "GridSample", "MaxRoiPool", "NonMaxSuppression", "RoiAlign", "DFT", "STFT"]

  /// Source: scales are often below 6e-5, where float16 loses its precision.
  private static let quantizing = [
    "ConvInteger", "DequantizeLinear", "DynamicQuantizeLinear", "MatMulInteger", "QLinearConv", "QLinearMatMul",
    "QuantizeLinear",
  ]

  /// Source: different numbers that round to the same float16 change what is chosen.
  private static let selecting = ["TopK", "Unique"]

  private static func kept(_ operators: [String], _ reason: String) -> [KeptOperator] {
    operators.map { KeptOperator(operatorType: $0, reason: reason) }
  }
}
