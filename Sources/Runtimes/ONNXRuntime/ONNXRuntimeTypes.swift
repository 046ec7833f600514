// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Tensors

extension ElementType {
  /// ONNX's number of each type (TensorProto.DataType), which ONNX Runtime uses too.
  private static let onnxNumbers: [(ElementType, CInt)] = [
    (.float32, 1), (.uint8, 2), (.int8, 3), (.uint16, 4), (.int16, 5), (.int32, 6), (.int64, 7), (.bool, 9),
    (.float16, 10), (.float64, 11), (.uint32, 12), (.uint64, 13), (.complex64, 14), (.complex128, 15), (.bfloat16, 16),
    (.float8e4m3fn, 17), (.float8e4m3fnuz, 18), (.float8e5m2, 19), (.float8e5m2fnuz, 20), (.uint4, 21), (.int4, 22),
  ]

  init?(onnxNumber: CInt) {
    guard let entry = Self.onnxNumbers.first(where: { $0.1 == onnxNumber }) else { return nil }
    self = entry.0
  }

  var onnxNumber: CInt { Self.onnxNumbers.first { $0.0 == self }?.1 ?? 0 }
}

/// Reads ONNX Runtime's descriptions of types.
struct ONNXRuntimeTypeDescription {
  private let library: ONNXRuntimeLibrary
  private let api: UnsafePointer<OrtApi>
  /// What the type belongs to, for messages.
  private let place: String

  init(_ library: ONNXRuntimeLibrary, place: String) {
    self.library = library
    api = library.api
    self.place = place
  }

  /// The kind of value that `type` describes.
  func kind(of type: OpaquePointer) throws(GalleyError) -> ValueKind {
    var number: CInt = 0
    try library.check(api.pointee.GetOnnxTypeFromTypeInfo(type, &number), "read a type", at: place)
    switch number {
    case CInt(GALLEY_ORT_TYPE_TENSOR): return try tensor(type)
    case CInt(GALLEY_ORT_TYPE_SEQUENCE):
      return .sequence(
        of: try contained(in: type, api.pointee.CastTypeInfoToSequenceTypeInfo, api.pointee.GetSequenceElementType))
    case CInt(GALLEY_ORT_TYPE_OPTIONAL):
      return .optional(
        try contained(in: type, api.pointee.CastTypeInfoToOptionalTypeInfo, api.pointee.GetOptionalContainedTypeInfo))
    case CInt(GALLEY_ORT_TYPE_MAP): return try map(type)
    case CInt(GALLEY_ORT_TYPE_SPARSE_TENSOR): throw refusal("it is a sparse tensor")
    default: throw refusal("it is of kind \(number), which only ONNX Runtime knows")
    }
  }

  /// The names of a tensor's open dimensions, empty where there is none; no names for other kinds of values.
  func dimensionNames(of type: OpaquePointer) throws(GalleyError) -> [String] {
    guard let info = try tensorInfo(type) else { return [] }
    var rank = 0
    try library.check(api.pointee.GetDimensionsCount(info, &rank), "read a tensor's rank", at: place)
    var names = [UnsafePointer<CChar>?](repeating: nil, count: rank)
    try library.check(api.pointee.GetSymbolicDimensions(info, &names, rank), "read a tensor's dimensions", at: place)
    return names.map { $0.map { String(cString: $0) } ?? "" }
  }

  private func tensorInfo(_ type: OpaquePointer) throws(GalleyError) -> OpaquePointer? {
    var info: OpaquePointer?
    try library.check(api.pointee.CastTypeInfoToTensorInfo(type, &info), "read a type", at: place)
    return info
  }

  private func tensor(_ type: OpaquePointer) throws(GalleyError) -> ValueKind {
    guard let info = try tensorInfo(type) else { throw refusal("it is no tensor") }
    let shape = try library.shape(info)
    // A tensor of open rank has no dimensions, as a scalar; an older library can't tell which it is.
    let isRankKnown = !shape.isEmpty || library.hasShape?(info) == true
    let open = isRankKnown ? shape.map { $0 < 0 ? nil : $0 } : nil
    var number: CInt = 0
    try library.check(api.pointee.GetTensorElementType(info, &number), "read an element type", at: place)
    return number == CInt(GALLEY_ORT_ELEMENT_STRING)
      ? .strings(shape: open) : .tensor(try elementType(number), shape: open)
  }

  private func map(_ type: OpaquePointer) throws(GalleyError) -> ValueKind {
    var info: OpaquePointer?
    try library.check(api.pointee.CastTypeInfoToMapTypeInfo(type, &info), "read a type", at: place)
    guard let info else { throw refusal("it is no map") }
    var number: CInt = 0
    try library.check(api.pointee.GetMapKeyType(info, &number), "read a map's keys", at: place)
    let keys: ValueKind =
      number == CInt(GALLEY_ORT_ELEMENT_STRING)
      ? .strings(shape: [nil]) : .tensor(try elementType(number), shape: [nil])
    var inner: OpaquePointer?
    try library.check(api.pointee.GetMapValueType(info, &inner), "read a map's values", at: place)
    guard let inner else { throw refusal("its values have no type") }
    defer { api.pointee.ReleaseTypeInfo(inner) }
    return .map(keys: keys, values: Self.asList(try kind(of: inner)))
  }

  /// A map's values are described one by one and given as one list.
  private static func asList(_ kind: ValueKind) -> ValueKind {
    switch kind {
    case .tensor(let elementType, _): .tensor(elementType, shape: [nil])
    case .strings: .strings(shape: [nil])
    default: kind
    }
  }

  private typealias Reading = @convention(c) (OpaquePointer, UnsafeMutablePointer<OpaquePointer?>) -> OpaquePointer?

  private func contained(
    in type: OpaquePointer, _ cast: Reading, _ read: Reading
  ) throws(GalleyError) -> ValueKind {
    var info: OpaquePointer?
    try library.check(cast(type, &info), "read a type", at: place)
    guard let info else { throw refusal("its type contradicts itself") }
    var inner: OpaquePointer?
    try library.check(read(info, &inner), "read a type", at: place)
    guard let inner else { throw refusal("it holds values without a type") }
    defer { api.pointee.ReleaseTypeInfo(inner) }
    return try kind(of: inner)
  }

  private func elementType(_ number: CInt) throws(GalleyError) -> ElementType {
    guard let elementType = ElementType(onnxNumber: number) else {
      throw refusal("its element type, number \(number) of ONNX, is not supported")
    }
    return elementType
  }

  private func refusal(_ why: String) -> GalleyError {
    GalleyError(.badData, "can't use the model", at: place, why: why)
  }
}
