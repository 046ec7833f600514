// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

/// The name of a `TensorProto.DataType`, in NumPy's words where it has one.
func typeName(_ dataType: Int32) -> String {
  if let type = ElementType(onnx: dataType) { return type.rawValue }
  return switch dataType {
  case 0: "unknown"
  case 8: "string"
  case 23: "float4e2m1"
  case 24: "float8e8m0"
  case 25: "uint2"
  case 26: "int2"
  default: "type \(dataType)"
  }
}

extension Onnx_TypeProto {
  /// The type as text, and the dimensions of the tensors.
  var described: (type: String, dimensions: [String]?) {
    switch value {
    case .tensorType(let tensor)?: return (typeName(tensor.elemType), tensor.hasShape ? tensor.shape.described : nil)
    case .sparseTensorType(let tensor)?:
      return ("sparse \(typeName(tensor.elemType))", tensor.hasShape ? tensor.shape.described : nil)
    case .sequenceType(let sequence)?:
      let inner = sequence.elemType.described
      return ("sequence of \(inner.type)", inner.dimensions)
    case .optionalType(let optional)?:
      let inner = optional.elemType.described
      return ("optional \(inner.type)", inner.dimensions)
    case .mapType(let map)?:
      return ("map from \(typeName(map.keyType)) to \(map.valueType.described.type)", nil)
    default: return ("unknown", nil)
    }
  }
}

extension Onnx_TensorShapeProto {
  fileprivate var described: [String] {
    dim.map { dimension in
      switch dimension.value {
      case .dimValue(let extent)?: extent >= 0 ? String(extent) : "?"
      case .dimParam(let name)?: name.isEmpty ? "?" : name
      default: "?"
      }
    }
  }
}

extension Onnx_GraphProto {
  /// This graph and all graphs inside it.
  var withSubgraphs: [Onnx_GraphProto] {
    [self] + node.flatMap { $0.attribute.isEmpty ? [] : $0.subgraphs.flatMap(\.withSubgraphs) }
  }

  /// The tensors whose values stand in this graph itself.
  var constants: [Onnx_TensorProto] {
    initializer + sparseInitializer.map(\.values)
      + node.compactMap { $0.is("Constant") ? $0.constantTensor($0.output.first ?? "") : nil }
  }
}

extension Onnx_TensorProto {
  /// The number of elements that the shape says, `Int.max` where that is nonsense.
  var elementCount: Int {
    var count = 1
    for dimension in dims {
      guard let extent = Int(exactly: dimension), extent >= 0, let product = count.times(extent) else { return .max }
      count = product
    }
    return count
  }

  /// Bytes that the elements occupy in memory.
  var elementBytes: Int {
    if dataType == 8 { return stringData.reduce(0) { $0 + $1.count } }
    let bits = ElementType(onnx: dataType)?.bitCount ?? (dataType == 23 ? 4 : dataType > 24 ? 2 : 8)
    guard let total = elementCount.times(bits) else { return .max }
    return total / 8 + (total % 8 == 0 ? 0 : 1)
  }
}
