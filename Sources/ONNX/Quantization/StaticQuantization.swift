// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Post-training static quantization to 8-bit integers, written as `QuantizeLinear` and `DequantizeLinear` (QDQ).
///
/// Weights are symmetric, with one scale per output channel; activations are asymmetric, with one scale and zero point
/// per tensor, from ranges that a calibration observed. Biases are 32-bit integers with the scale
/// (activation scale × weight scale). The scheme is that of Jacob et al., "Quantization and Training of Neural Networks
/// for Efficient Integer-Arithmetic-Only Inference", 2018.
///
/// ```swift
/// let plan = try StaticQuantization.plan(for: model)
/// let observing = try plan.observing()          // run this on calibration samples
/// let quantized = try plan.quantized(ranges: ranges)
/// ```
public enum StaticQuantization {
  /// The integers of activations.
  public enum ActivationType: String, Sendable, Hashable, Codable, CaseIterable {
    /// 0…255. What the fast kernels of x86 processors multiply with signed weights.
    case uint8
    /// −128…127. What some accelerators demand; on x86, ONNX Runtime shifts it to `uint8` when it loads the model.
    case int8
  }

  /// How much of the range −127…127 the weights may use.
  ///
  /// Processors with AVX2 or AVX-512 but without VNNI instructions multiply unsigned activations with signed weights
  /// and add neighbouring products in 16 bits, which saturate: 255 · 127 + 255 · 127 does not fit
  /// (the instruction VPMADDUBSW). ONNX Runtime's kernels for `Conv`, `Gemm` and `MatMul` do so; its depthwise
  /// convolution does not.
  public enum WeightRange: String, Sendable, Hashable, Codable, CaseIterable {
    /// −127…127. The finest steps; sums may saturate on processors without VNNI.
    case full
    /// −64…64, as `reduce_range` of ONNX Runtime's quantizer. Never saturates.
    case reduced
    /// The largest range per channel in which no two weights of the same sign add up to more than 128, so that no
    /// sum of two products saturates. Never coarser than `reduced`. Depthwise convolutions use the full range.
    case saturationFree
  }

  /// What to quantize and how.
  public struct Options: Sendable, Hashable, Codable {
    /// The integers of activations.
    public var activationType = ActivationType.uint8
    /// How much of their range the weights may use.
    public var weightRange = WeightRange.saturationFree
    /// One weight scale per output channel rather than per tensor.
    public var isPerChannel = true
    /// Also quantize a result of `Gemm` or `MatMul` that only unquantized nodes or the graph's outputs read. Without
    /// it such a result is computed from integers and given as float: more exact, and not slower.
    public var quantizesOutputs = false
    /// The operators that may be quantized.
    public var operators: Set<String> = StaticQuantization.operators
    /// Names of nodes that stay float. Where all tensors around such a node are integers, a runtime may still choose
    /// to compute it from these.
    public var excludedNodes: Set<String> = []
    /// Names of tensors that stay float, and with them the nodes that give or read them.
    public var excludedTensors: Set<String> = []

    /// Creates the default options.
    public init() {}
  }

  /// The operators that can be quantized. `Relu` and `Clip` disappear into the range of the result before them.
  public static let operators: Set<String> = Set(Role.all.keys).union(Role.clamps)

  /// Decides what will be quantized.
  ///
  /// The model is simplified first (`Pass.standard`): constants become initializers, batch normalizations are folded.
  /// - Throws: `ONNXError` if the model is invalid, quantized already, older than operator set 13, or has nothing that
  ///   can be quantized.
  public static func plan(for model: Model, options: Options = Options()) throws(ONNXError) -> QuantizationPlan {
    try model.check()
    try requireFloatModel(model)
    try requireKnownNames(options, model)
    var prepared = model
    prepared.dropOverridableInitializers()
    prepared = try prepared.applying(Pass.standard)
    var planner = try QuantizationPlanner(prepared, options)
    planner.decide()
    guard planner.decisions.values.contains(where: \.isComputing) else {
      throw ONNXError(
        .notQuantizable, "the model can't be quantized", at: "graph '\(model.graphName)'",
        because: "no node can be quantized\(planner.firstReason.map { "; the first: \($0)" } ?? "")",
        remedy: "check that it has Conv, Gemm or MatMul nodes with constant float32 weights, and what is excluded")
    }
    return QuantizationPlan(source: prepared, options: options, planner: planner)
  }

  private static func requireFloatModel(_ model: Model) throws(ONNXError) {
    for (index, node) in model.proto.graph.node.enumerated() where isQuantized(node.opType) {
      throw ONNXError(
        .notQuantizable, "the model can't be quantized", at: node.place(index),
        because: "it is quantized already", remedy: "quantize the float32 model that it was made from")
    }
    guard model.opset >= 13 else {
      throw ONNXError(
        .notQuantizable, "the model can't be quantized", at: "the model's header",
        because: "operator set \(model.opset) has no scales per channel",
        remedy: "export the model for operator set 13 or later, or convert it with onnx.version_converter")
    }
  }

  private static func isQuantized(_ operatorType: String) -> Bool {
    operatorType.hasPrefix("QLinear") || operatorType.hasPrefix("QGemm") || operatorType.hasSuffix("QuantizeLinear")
      || operatorType.hasSuffix("DequantizeLinear") || operatorType.hasPrefix("ConvInteger")
      || operatorType.hasPrefix("MatMulInteger") || operatorType == "DynamicQuantizeMatMul"
      || operatorType == "MatMulNBits"
  }

  private static func requireKnownNames(_ options: Options, _ model: Model) throws(ONNXError) {
    let known = Set(model.proto.graph.node.map(\.name))
    guard let stranger = options.excludedNodes.sorted().first(where: { !known.contains($0) }) else { return }
    throw ONNXError(
      .invalidArgument, "a node can't be excluded from quantization", at: "node '\(stranger)'",
      because: "the model has no node of this name", remedy: "use one of the names that its nodes have")
  }
}
