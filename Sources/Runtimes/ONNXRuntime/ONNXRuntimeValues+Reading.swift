// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Tensors

extension ONNXRuntimeValues {
  /// What `value` holds, as far as Galley has a word for it.
  func read(_ value: OpaquePointer) throws(GalleyError) -> ModelValue {
    let api = library.api
    var hasValue: CInt = 0
    try library.check(api.pointee.HasValue(value, &hasValue), "read a value", at: place)
    guard hasValue != 0 else { return .absent }
    var kind: CInt = 0
    try library.check(api.pointee.GetValueType(value, &kind), "read a value", at: place)
    switch kind {
    case CInt(GALLEY_ORT_TYPE_TENSOR): return try readTensor(value)
    case CInt(GALLEY_ORT_TYPE_SEQUENCE):
      var count = 0
      try library.check(api.pointee.GetValueCount(value, &count), "read a sequence", at: place)
      var parts: [ModelValue] = []
      for index in 0..<count { parts.append(try readPart(index, of: value)) }
      return .sequence(parts)
    case CInt(GALLEY_ORT_TYPE_MAP):
      return .map(keys: try readPart(0, of: value), values: try readPart(1, of: value))
    default:
      throw GalleyError(
        .badData, "can't read a value", at: place, why: "it is \(kind == 5 ? "a sparse tensor" : "of kind \(kind)")")
    }
  }

  private func readPart(_ index: Int, of value: OpaquePointer) throws(GalleyError) -> ModelValue {
    var part: OpaquePointer?
    try library.check(
      library.api.pointee.GetValue(value, CInt(clamping: index), library.allocator, &part), "read a part of a value",
      at: place)
    let owned = try ONNXRuntimeValue(owning: part, library)
    return try withExtendedLifetime(owned) { () throws(GalleyError) in try read(owned.pointer) }
  }

  private func readTensor(_ value: OpaquePointer) throws(GalleyError) -> ModelValue {
    let (number, shape) = try library.elementTypeAndShape(of: value, at: place)
    if number == CInt(GALLEY_ORT_ELEMENT_STRING) { return .strings(try readStrings(value, shape)) }
    guard let elementType = ElementType(onnxNumber: number) else {
      throw GalleyError(
        .badData, "can't read a tensor", at: place, why: "its element type, number \(number) of ONNX, is not supported")
    }
    var data: UnsafeMutableRawPointer?
    try library.check(library.api.pointee.GetTensorMutableData(value, &data), "read a tensor", at: place)
    do throws(TensorError) {
      let byteCount = try Tensor.byteCount(elementType, shape)
      let bytes = UnsafeRawBufferPointer(start: data, count: data == nil ? 0 : byteCount)
      return .tensor(try Tensor(elementType: elementType, shape: shape, bytes: Array(bytes)))
    } catch {
      throw GalleyError(.badData, "can't read a tensor", at: place, why: error.description)
    }
  }

  private func readStrings(_ value: OpaquePointer, _ shape: [Int]) throws(GalleyError) -> StringTensor {
    let api = library.api
    let count = shape.reduce(1, *)
    var byteCount = 0
    try library.check(api.pointee.GetStringTensorDataLength(value, &byteCount), "read texts", at: place)
    var bytes = [UInt8](repeating: 0, count: byteCount)
    var offsets = [Int](repeating: 0, count: count)
    try library.check(
      api.pointee.GetStringTensorContent(value, &bytes, byteCount, &offsets, count), "read texts", at: place)
    offsets.append(byteCount)
    let texts = zip(offsets, offsets.dropFirst()).map { start, end in
      String(decoding: bytes[min(start, byteCount)..<max(start, min(end, byteCount))], as: UTF8.self)
    }
    do throws(TensorError) {
      return try StringTensor(texts, shape: shape)
    } catch {
      throw GalleyError(.badData, "can't read texts", at: place, why: error.description)
    }
  }
}
