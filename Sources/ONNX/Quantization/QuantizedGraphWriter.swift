// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

/// Writes a graph again with quantized tensors.
///
/// Each quantized tensor has one `QuantizeLinear`, right behind the node that gives it, and one `DequantizeLinear` per
/// place where it is read: the pattern around a node that runtimes look for when they choose integer kernels.
struct QuantizedGraphWriter {
  let planner: QuantizationPlanner
  let options: StaticQuantization.Options
  let ranges: [String: ActivationRange]
  var graph: Onnx_GraphProto
  var names: FreshNames
  private(set) var entries: [QuantizationReport.TensorEntry] = []
  private var nodes: [Onnx_NodeProto] = []
  /// The integers of a tensor, by its name in the quantized graph.
  private var integers: [String: String] = [:]
  /// Names of scale and zero point, by the tensor that has a range of its own.
  private var written: [String: (scale: String, zeroPoint: String, parameters: ActivationParameters)] = [:]

  init(
    _ planner: QuantizationPlanner, _ options: StaticQuantization.Options, ranges: [String: ActivationRange]
  ) {
    self.planner = planner
    self.options = options
    self.ranges = ranges
    graph = planner.graph
    names = FreshNames(avoiding: planner.graph)
  }

  mutating func write() throws(ONNXError) -> Onnx_GraphProto {
    for (position, node) in planner.graph.node.enumerated() {
      switch planner.decisions[position] {
      case .fused?: continue
      case .linear?: try writeLinear(node, position)
      case .elementwise?, .pooling?, .passThrough?: try writeQuantized(node)
      default: try writeFloat(node)
      }
    }
    graph.node = nodes
    let existing = Set(nodes.flatMap(\.output))
    graph.valueInfo.removeAll { !existing.contains($0.name) }
    return graph
  }

  private mutating func writeFloat(_ node: Onnx_NodeProto) throws(ONNXError) {
    var node = node
    for (place, input) in node.input.enumerated() where planner.quantizedTensors.contains(input) {
      guard let quantized = integers[planner.finalName(input)] else { continue }
      node.input[place] = try appendDequantization(of: quantized, like: planner.root(of: input), wish: input)
    }
    nodes.append(node)
  }

  private mutating func writeQuantized(_ node: Onnx_NodeProto) throws(ONNXError) {
    var quantized = node
    let activations = Set(planner.activations(of: node))
    for (place, input) in node.input.enumerated() {
      if activations.contains(input) {
        quantized.input[place] = try readActivation(input)
      } else if Role.all[node.opType] == .elementwise {
        quantized.input[place] = try readConstant(input)
      }
    }
    try appendWithQuantizedResult(quantized)
  }

  private mutating func writeLinear(_ node: Onnx_NodeProto, _ position: Int) throws(ONNXError) {
    var quantized = node
    let root = planner.root(of: node.input[0])
    quantized.input[0] = try readActivation(node.input[0])
    let activationScale = written[root]?.parameters.scale ?? 1
    let weights = try linearWeights(of: node, activationScale: activationScale)
    quantized.input[1] = try readWeight(weights, named: node.input[1])
    if weights.bias != nil, let name = node.input(2) { quantized.input[2] = try readBias(weights, named: name) }
    if node.is("Gemm") { quantized.attribute.removeAll { $0.name == "alpha" || $0.name == "beta" } }
    if planner.givesFloat(position) { nodes.append(quantized) } else { try appendWithQuantizedResult(quantized) }
  }

  /// Adds a node and the quantization of its result. A result that the graph gives keeps its name behind both.
  private mutating func appendWithQuantizedResult(_ node: Onnx_NodeProto) throws(ONNXError) {
    var node = node
    let original = node.output[0]
    let final = planner.finalName(original)
    let isOutput = planner.index.outputs.contains(final)
    node.output = [isOutput ? names.name(final + "_float") : final]
    nodes.append(node)
    let root = planner.root(of: original)
    let quantized = try appendQuantization(of: node.output[0], like: root, wish: final)
    integers[final] = quantized
    if isOutput { try appendDequantization(of: quantized, like: root, as: final) }
  }

  /// The name under which a node reads a quantized activation.
  private mutating func readActivation(_ tensor: String) throws(ONNXError) -> String {
    let final = planner.finalName(tensor)
    let root = planner.root(of: tensor)
    let quantized: String
    if let known = integers[final] {
      quantized = known
    } else {
      quantized = try appendQuantization(of: final, like: root, wish: final)
      integers[final] = quantized
    }
    return try appendDequantization(of: quantized, like: root, wish: final)
  }

  private mutating func appendQuantization(of tensor: String, like root: String, wish: String) throws(ONNXError)
    -> String
  {
    let parameters = try parameterNames(root)
    let result = names.name(wish + "_quantized")
    nodes.append(
      .conversion(
        "QuantizeLinear", [tensor, parameters.scale, parameters.zeroPoint], result,
        name: names.name(wish + "_QuantizeLinear")))
    return result
  }

  private mutating func appendDequantization(of tensor: String, like root: String, wish: String) throws(ONNXError)
    -> String
  {
    let result = names.name(wish + "_dequantized")
    try appendDequantization(of: tensor, like: root, as: result)
    return result
  }

  private mutating func appendDequantization(of tensor: String, like root: String, as result: String) throws(ONNXError)
  {
    let parameters = try parameterNames(root)
    appendDequantization([tensor, parameters.scale, parameters.zeroPoint], as: result)
  }

  mutating func appendDequantization(_ inputs: [String], as result: String, axis: Int? = nil) {
    nodes.append(
      .conversion(
        "DequantizeLinear", inputs, result, name: names.name(result + "_DequantizeLinear"), axis: axis))
  }

  mutating func appendInitializer(_ tensor: Tensor, wish: String) -> String {
    let name = names.name(wish)
    graph.initializer.append(Onnx_TensorProto(tensor, name: name))
    return name
  }

  mutating func report(_ entry: QuantizationReport.TensorEntry) { entries.append(entry) }

  /// Scale and zero point of a tensor with a range of its own, as initializers that are written when first needed.
  private mutating func parameterNames(
    _ root: String
  ) throws(ONNXError) -> (scale: String, zeroPoint: String) {
    if let known = written[root] { return (known.scale, known.zeroPoint) }
    let observed = planner.representatives[root] ?? root
    let range = effectiveRange(root)
    let parameters = ActivationParameters(covering: range, as: options.activationType)
    let scale = appendInitializer(try parameters.scaleTensor, wish: observed + "_scale")
    let zeroPoint = appendInitializer(try parameters.zeroPointTensor, wish: observed + "_zero_point")
    written[root] = (scale, zeroPoint, parameters)
    report(
      QuantizationReport.TensorEntry(
        name: observed, kind: .activation, elementType: options.activationType.elementType.rawValue,
        scales: [parameters.scale], zeroPoint: parameters.zeroPoint, range: range, error: nil))
    return (scale, zeroPoint)
  }

  /// The observed range with 0 in it, cut to the bounds of the clamps that it stands for.
  private func effectiveRange(_ root: String) -> ActivationRange {
    let observed = planner.representatives[root] ?? root
    let range = (ranges[observed] ?? ActivationRange(minimum: 0, maximum: 0)).includingZero
    guard let bounds = planner.bounds[root] else { return range }
    return ActivationRange(
      minimum: max(range.minimum, bounds.lowerBound), maximum: min(range.maximum, bounds.upperBound)
    ).includingZero
  }
}

extension Onnx_NodeProto {
  /// A `QuantizeLinear` or `DequantizeLinear` node.
  static func conversion(
    _ operatorType: String, _ inputs: [String], _ output: String, name: String, axis: Int? = nil
  ) -> Onnx_NodeProto {
    var node = Onnx_NodeProto()
    node.opType = operatorType
    node.name = name
    node.input = inputs
    node.output = [output]
    if let axis { node.attribute = [Onnx_AttributeProto("axis", .int(Int64(axis)))] }
    return node
  }
}
