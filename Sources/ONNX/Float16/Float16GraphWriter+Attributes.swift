// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

extension Float16GraphWriter {
  /// Takes a float32 `Constant` away as a constant of its graph; `false` if the node is another.
  mutating func takeConstant(_ node: Onnx_NodeProto) throws(ONNXError) -> Bool {
    guard node.is("Constant"), let name = node.output.first, let tensor = node.constantTensor(name),
      tensor.dataType == 1, let frame = frames.last
    else { return false }
    guard frame.outputNames.contains(name) else {
      try declare(constant: tensor)
      return true
    }
    // The result of a subgraph stays a node: not every runtime accepts an initializer there.
    var constant = node
    if frame.outputs == .half {
      constant.attribute = [try Self.valueAttribute(converted(tensor))]
    }
    append(constant)
    var known = Float16Tensor(elementType: 1)
    if frame.outputs == .half { known.half = name } else { known.single = name }
    set(name, known)
    return true
  }

  private static func valueAttribute(_ tensor: Onnx_TensorProto) -> Onnx_AttributeProto {
    var attribute = Onnx_AttributeProto()
    attribute.name = "value"
    attribute.type = .tensor
    attribute.t = tensor
    attribute.t.clearName()
    return attribute
  }

  /// Attributes that name the element type of a result which becomes float16.
  mutating func mendAttributes(of node: inout Onnx_NodeProto) throws(ONNXError) {
    switch node.opType {
    case "ConstantOfShape":
      let zero = Onnx_TensorProto(try Tensor.made([0] as [Float], [1]), name: "")
      let value = try converted(node.attribute.first { $0.name == "value" }?.t ?? zero)
      node.attribute.removeAll { $0.name == "value" }
      node.attribute.append(Self.valueAttribute(value))
    case "RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "EyeLike", "Bernoulli":
      node.setElementType("dtype")
    case "HannWindow", "HammingWindow", "BlackmanWindow", "MelWeightMatrix": node.setElementType("output_datatype")
    default: return
    }
  }

  /// A `Cast` reads what is there. One to float32 becomes one to float16, unless its source is more exact than that.
  mutating func convert(cast node: Onnx_NodeProto, _ reason: String?) throws(ONNXError) {
    guard let source = node.input.first, node.output.count == 1 else { return append(node) }
    var result = node
    let known = find(source)
    result.input[0] = known?.single ?? known?.half ?? source
    if known?.constant != nil, known?.single == nil { result.input[0] = try name(of: source, in: .single) }
    let target = Int32(clamping: node.int("to", default: 0))
    guard target == 1 else {
      appendWithOutputs(result, [target], [.single])
      note(node, reason, touchesFloat32: known?.isConvertible == true)
      return
    }
    let isFromIntegers = Self.wideTypes.contains(known?.elementType ?? 0) || known?.isExact == true
    let stays = reason != nil || isFromIntegers || known?.elementType == 10 || known?.elementType == 16
    if !stays {
      result.setElementType("to")
      if known?.isConvertible == true { result.input[0] = try name(of: source, in: .half) }
    }
    note(node, reason ?? (stays ? "its source does not fit float16" : nil), touchesFloat32: true)
    appendWithOutputs(result, [1], [stays ? .single : .half], isExact: isFromIntegers)
  }

  /// Integers that float16 does not hold exactly, and texts, which may name such.
  private static let wideTypes: Set<Int32> = [4, 5, 6, 7, 8, 12, 13]
}

extension Onnx_NodeProto {
  /// Makes an attribute name float16.
  fileprivate mutating func setElementType(_ name: String) {
    attribute.removeAll { $0.name == name }
    attribute.append(Onnx_AttributeProto(name, .int(10)))
  }
}
