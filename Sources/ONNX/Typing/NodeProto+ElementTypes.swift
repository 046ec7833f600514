// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Onnx_NodeProto {
  /// The element type of an output as a number of `TensorProto.DataType`, from those of the inputs (0: not known);
  /// `nil` if the operator's schema and its attributes don't say.
  func elementType(ofOutput index: Int, _ types: OperatorTypes, inputs: [Int32]) -> Int32? {
    if let said = elementTypeFromAttributes(index, inputs) { return said }
    let letter = types.output(index)
    if let fixed = OperatorTypes.fixedType(letter) { return fixed }
    guard let letter, letter.isLowercase, !types.hasMixedOutputs else { return nil }
    for (position, type) in inputs.enumerated() where type != 0 && types.input(position) == letter {
      return type
    }
    return nil
  }

  /// What attributes say about the element type. Source: the operators' documentation in ONNX.
  private func elementTypeFromAttributes(_ index: Int, _ inputs: [Int32]) -> Int32? {
    guard index == 0 else { return nil }
    switch opType {
    case "Cast": return type("to")
    case "Constant": return constantType
    case "ConstantOfShape": return attribute.first { $0.name == "value" }.map(\.t.dataType) ?? 1
    case "RandomNormal", "RandomUniform": return type("dtype") ?? 1
    case "RandomNormalLike", "RandomUniformLike", "EyeLike", "Bernoulli": return type("dtype") ?? known(inputs, 0)
    case "Multinomial": return type("dtype") ?? 6
    case "SequenceEmpty": return type("dtype") ?? 1
    case "HannWindow", "HammingWindow", "BlackmanWindow", "MelWeightMatrix": return type("output_datatype") ?? 1
    case "QuantizeLinear": return known(inputs, 2) ?? type("output_dtype") ?? 2
    case "DequantizeLinear": return type("output_dtype") ?? known(inputs, 1)
    default: return nil
    }
  }

  private var constantType: Int32? {
    guard let only = attribute.first else { return nil }
    switch only.name {
    case "value": return only.t.dataType
    case "sparse_value": return only.sparseTensor.values.dataType
    case "value_float", "value_floats": return 1
    case "value_int", "value_ints": return 7
    default: return 8
    }
  }

  private func type(_ name: String) -> Int32? {
    let value = Int32(clamping: int(name, default: 0))
    return value == 0 ? nil : value
  }

  private func known(_ inputs: [Int32], _ index: Int) -> Int32? {
    index < inputs.count && inputs[index] != 0 ? inputs[index] : nil
  }
}
