// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

/// Why a node must stay float; `nil` if it need not.
extension QuantizationPlanner {
  func isFloat32(_ tensor: String) -> Bool { tensors[tensor]?.elementType == .float32 }

  private func constantTensor(_ name: String) -> Tensor? {
    guard let position = index.constants[name] else { return nil }
    return try? graph.initializer[position].tensor(named: name)
  }

  func linearReason(_ node: Onnx_NodeProto) -> String? {
    guard let data = node.input(0), index.constants[data] == nil else { return "its data are constant" }
    guard let weight = node.input(1).flatMap(constantTensor) else { return "its weight is not constant" }
    guard weight.elementType == .float32, weight.count > 0 else { return "its weight is not float32, or empty" }
    guard isFinite(weight) else { return "its weight is not finite" }
    if node.is("Gemm") {
      guard node.int("transA", default: 0) == 0 else { return "its data are transposed" }
      guard node.float("alpha", default: 1).isFinite, node.float("beta", default: 1).isFinite else {
        return "its factors are not finite"
      }
    }
    guard node.is("Conv") ? weight.shape.count >= 3 : weight.shape.count == 2 else {
      return "its weight has rank \(weight.shape.count)"
    }
    let outputs = weight.shape[node.weightAxis]
    guard let name = node.input(2) else { return nil }
    guard let bias = constantTensor(name), bias.elementType == .float32 else {
      return "its bias is not constant float32"
    }
    guard isFinite(bias) else { return "its bias is not finite" }
    let isRow = bias.shape == [outputs] || (node.is("Gemm") && (bias.shape == [1, outputs] || bias.count == 1))
    return isRow ? nil : "its bias has the shape \(bias.shape)"
  }

  func elementwiseReason(_ node: Onnx_NodeProto) -> String? {
    guard node.input.contains(where: quantizedTensors.contains) else { return "none of its inputs are integers" }
    for name in node.input {
      if index.constants[name] != nil {
        guard let tensor = constantTensor(name), tensor.elementType == .float32, tensor.count > 0, isFinite(tensor)
        else {
          return "its constant '\(name)' is not finite float32"
        }
      } else if !isFloat32(name) {
        return "its input '\(name)' is not known to be float32"
      }
    }
    return nil
  }

  func poolingReason(_ node: Onnx_NodeProto) -> String? {
    guard let data = node.input(0), quantizedTensors.contains(data) else { return Self.inputIsFloat }
    if case .ints(let dilations)? = node.value("dilations"), dilations.contains(where: { $0 != 1 }) {
      return "its window is dilated"
    }
    return nil
  }

  func passThroughReason(_ node: Onnx_NodeProto) -> String? {
    guard let data = node.input(0), quantizedTensors.contains(data) else { return Self.inputIsFloat }
    return nil
  }

  /// A clamp can go if nobody sees the values before it, and if its bounds leave 0 where it is.
  func clampReason(_ node: Onnx_NodeProto) -> String? {
    guard let data = node.input(0), quantizedTensors.contains(data) else { return Self.inputIsFloat }
    guard let bounds = clampBounds(node) else { return "its bounds are not constant" }
    guard bounds.contains(0) else { return "its bounds \(bounds.lowerBound) and \(bounds.upperBound) leave zero out" }
    var tensor = data
    while true {
      guard index.hasSoleConsumer(tensor) else { return "the values before it are needed too" }
      guard let producer = index.producers[tensor], let decision = decisions[producer] else { return Self.inputIsFloat }
      if decision.isComputing { return nil }
      tensor = graph.node[producer].input[0]
    }
  }

  /// The bounds of `Relu` or `Clip`, or `nil` if they are not constant or not in order.
  func clampBounds(_ node: Onnx_NodeProto) -> ClosedRange<Float>? {
    if node.is("Relu") { return 0...Float.infinity }
    guard let lower = clampBound(node, 1, -Float.infinity), let upper = clampBound(node, 2, Float.infinity),
      lower <= upper
    else { return nil }
    return lower...upper
  }

  private func clampBound(_ node: Onnx_NodeProto, _ input: Int, _ unbounded: Float) -> Float? {
    guard let name = node.input(input) else { return unbounded }
    guard let tensor = constantTensor(name), tensor.elementType == .float32, tensor.count == 1 else { return nil }
    return (try? tensor.values(as: Float.self))?.first
  }

  private func isFinite(_ tensor: Tensor) -> Bool {
    (try? tensor.values(as: Float.self))?.allSatisfy(\.isFinite) == true
  }
}

extension Onnx_NodeProto {
  /// The axis of the weight along which each index has a scale: that of the output channels.
  var weightAxis: Int {
    self.is("Conv") || (self.is("Gemm") && int("transB", default: 0) != 0) ? 0 : 1
  }
}
