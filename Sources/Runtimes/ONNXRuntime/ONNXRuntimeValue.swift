// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Tensors

/// A value of ONNX Runtime that is released with this object.
final class ONNXRuntimeValue {
  let pointer: OpaquePointer
  private let library: ONNXRuntimeLibrary

  /// Takes over what the library made.
  /// - Throws: `GalleyError` if it made nothing.
  init(owning pointer: OpaquePointer?, _ library: ONNXRuntimeLibrary) throws(GalleyError) {
    guard let pointer else {
      throw GalleyError(.software, "can't make a value", why: "ONNX Runtime gave none")
    }
    self.pointer = pointer
    self.library = library
  }

  deinit { library.api.pointee.ReleaseValue(pointer) }
}

/// Makes ONNX Runtime's values of Galley's, and back; both ways copy.
struct ONNXRuntimeValues {
  let library: ONNXRuntimeLibrary
  /// What the value belongs to, for messages.
  let place: String

  private var api: UnsafePointer<OrtApi> { library.api }

  /// A value that ONNX Runtime can take; `kind` tells what an empty sequence would hold.
  func make(_ value: ModelValue, as kind: ValueKind) throws(GalleyError) -> ONNXRuntimeValue {
    // An optional that holds something is that something.
    if case .optional(let inner) = kind, value != .absent { return try make(value, as: inner) }
    switch (value, kind) {
    case (.tensor(let tensor), .tensor(let elementType, _)) where tensor.elementType == elementType:
      return try make(tensor)
    case (.strings(let strings), .strings): return try make(strings)
    case (.sequence(let parts), .sequence(let inner)):
      return parts.isEmpty
        ? try ONNXRuntimeEmptyValues(library).make(kind) : try make(parts.map { ($0, inner) }, GALLEY_ORT_TYPE_SEQUENCE)
    case (.map(let keys, let values), .map(let kindOfKeys, let kindOfValues)):
      return try make([(keys, kindOfKeys), (values, kindOfValues)], GALLEY_ORT_TYPE_MAP)
    default:
      throw GalleyError(
        .badData, "can't run the model", at: place,
        why: "it takes \(ONNXRuntimeWords.of(kind)), and \(ONNXRuntimeWords.of(value)) was given")
    }
  }

  private func make(_ tensor: Tensor) throws(GalleyError) -> ONNXRuntimeValue {
    let value = try allocate(tensor.elementType.onnxNumber, tensor.shape)
    guard !tensor.bytes.isEmpty else { return value }
    var data: UnsafeMutableRawPointer?
    try library.check(api.pointee.GetTensorMutableData(value.pointer, &data), "write a tensor", at: place)
    data?.copyMemory(from: tensor.bytes, byteCount: tensor.bytes.count)
    return value
  }

  private func make(_ strings: StringTensor) throws(GalleyError) -> ONNXRuntimeValue {
    let value = try allocate(CInt(GALLEY_ORT_ELEMENT_STRING), strings.shape)
    for (index, text) in strings.values.enumerated() {
      let bytes = Array(text.utf8)
      var buffer: UnsafeMutablePointer<CChar>?
      try library.check(
        api.pointee.GetResizedStringTensorElementBuffer(value.pointer, index, bytes.count, &buffer), "write a text",
        at: place)
      if let buffer { UnsafeMutableRawPointer(buffer).copyMemory(from: bytes, byteCount: bytes.count) }
    }
    return value
  }

  private func allocate(_ elementType: CInt, _ shape: [Int]) throws(GalleyError) -> ONNXRuntimeValue {
    var made: OpaquePointer?
    try library.check(
      api.pointee.CreateTensorAsOrtValue(
        library.allocator, shape.map(Int64.init), shape.count, elementType, &made), "make a tensor", at: place)
    return try ONNXRuntimeValue(owning: made, library)
  }

  private func make(_ parts: [(ModelValue, ValueKind)], _ kind: Int) throws(GalleyError) -> ONNXRuntimeValue {
    var values: [ONNXRuntimeValue] = []
    for (part, kind) in parts { values.append(try make(part, as: kind)) }
    return try withExtendedLifetime(values) { () throws(GalleyError) in
      var made: OpaquePointer?
      let pointers = values.map(\.pointer)
      try library.check(
        api.pointee.CreateValue(pointers, pointers.count, CInt(kind), &made), "make a value of several", at: place)
      return try ONNXRuntimeValue(owning: made, library)
    }
  }
}
