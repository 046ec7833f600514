// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import ONNX
internal import Tensors

extension ValueKind {
  /// The kind that an ONNX file declares; `nil` if it has no word here. Messages are read only to a limited depth, so
  /// that this ends.
  init?(onnx type: Onnx_TypeProto) {
    switch type.value {
    case .tensorType(let tensor)?:
      let shape = tensor.hasShape ? tensor.shape.dim.map(Self.extent) : nil
      if tensor.elemType == 8 {
        self = .strings(shape: shape)
      } else if let elementType = ElementType(onnx: tensor.elemType) {
        self = .tensor(elementType, shape: shape)
      } else {
        return nil
      }
    case .sequenceType(let sequence)?:
      guard let element = ValueKind(onnx: sequence.elemType) else { return nil }
      self = .sequence(of: element)
    case .mapType(let map)?:
      guard let value = ValueKind(onnx: map.valueType) else { return nil }
      guard let key = map.keyType == 8 ? ValueKind.strings(shape: [nil]) : Self.keys(map.keyType) else { return nil }
      self = .map(keys: key, values: value)
    case .optionalType(let optional)?:
      guard let value = ValueKind(onnx: optional.elemType) else { return nil }
      self = .optional(value)
    default: return nil
    }
  }

  private static func keys(_ type: Int32) -> ValueKind? {
    ElementType(onnx: type).map { .tensor($0, shape: [nil]) }
  }

  private static func extent(_ dimension: Onnx_TensorShapeProto.Dimension) -> Int? {
    guard case .dimValue(let extent)? = dimension.value, extent >= 0 else { return nil }
    return Int(exactly: extent)
  }
}
