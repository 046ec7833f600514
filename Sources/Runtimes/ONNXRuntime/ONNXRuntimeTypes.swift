// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Tensors

extension ElementType {
  /// ONNX's number of each type (TensorProto.DataType), which ONNX Runtime uses too.
  private static let onnxNumbers: [(ElementType, CInt)] = [
    (.float32, 1), (.uint8, 2), (.int8, 3), (.uint16, 4), (.int16, 5), (.int32, 6), (.int64, 7), (.bool, 9),
    (.float16, 10), (.float64, 11), (.uint32, 12), (.uint64, 13), (.bfloat16, 16),
  ]

  init?(onnxNumber: CInt) {
    guard let entry = Self.onnxNumbers.first(where: { $0.1 == onnxNumber }) else { return nil }
    self = entry.0
  }

  var onnxNumber: CInt { Self.onnxNumbers.first { $0.0 == self }?.1 ?? 0 }
}

/// One input or output as ONNX Runtime describes it.
struct ONNXRuntimePort: Sendable {
  let spec: TensorSpec
  /// The name of each dimension that is open; empty where there is none.
  let dimensionNames: [String]

  /// Whether an input or an output is meant.
  enum Side: String { case input, output }

  /// All inputs or all outputs of a session.
  static func all(
    _ side: Side, of session: OpaquePointer, _ library: ONNXRuntimeLibrary
  ) throws(GalleyError) -> [ONNXRuntimePort] {
    let api = library.api.pointee
    var count = 0
    try library.check(
      side == .input ? api.SessionGetInputCount(session, &count) : api.SessionGetOutputCount(session, &count),
      "count the model's \(side.rawValue)s")
    var ports: [ONNXRuntimePort] = []
    for index in 0..<count {
      ports.append(try ONNXRuntimePort(side, index, session, library))
    }
    return ports
  }

  private init(
    _ side: Side, _ index: Int, _ session: OpaquePointer, _ library: ONNXRuntimeLibrary
  ) throws(GalleyError) {
    let api = library.api.pointee
    let name = try Self.name(side, index, session, library)
    var type: OpaquePointer?
    try library.check(
      side == .input
        ? api.SessionGetInputTypeInfo(session, index, &type) : api.SessionGetOutputTypeInfo(session, index, &type),
      "read the type of \(side.rawValue) '\(name)'")
    defer { api.ReleaseTypeInfo(type) }
    var info: OpaquePointer?
    if let type { try library.check(api.CastTypeInfoToTensorInfo(type, &info), "read the type of '\(name)'") }
    guard let info else {
      throw GalleyError(.badData, "can't use the model", at: "\(side.rawValue) '\(name)'", why: "it is not a tensor")
    }
    var number: CInt = 0
    try library.check(api.GetTensorElementType(info, &number), "read the element type of '\(name)'")
    guard let elementType = ElementType(onnxNumber: number) else {
      throw GalleyError(
        .badData, "can't use the model", at: "\(side.rawValue) '\(name)'",
        why: "its element type, number \(number) of ONNX, is not supported")
    }
    let shape = try Self.shape(info, library)
    spec = TensorSpec(name: name, elementType: elementType, shape: shape.map { $0 < 0 ? nil : $0 })
    dimensionNames = try Self.dimensionNames(info, shape.count, library)
  }

  private static func name(
    _ side: Side, _ index: Int, _ session: OpaquePointer, _ library: ONNXRuntimeLibrary
  ) throws(GalleyError) -> String {
    let api = library.api.pointee
    var text: UnsafeMutablePointer<CChar>?
    try library.check(
      side == .input
        ? api.SessionGetInputName(session, index, library.allocator, &text)
        : api.SessionGetOutputName(session, index, library.allocator, &text),
      "read the name of \(side.rawValue) \(index)")
    guard let text else { return "" }
    let name = String(cString: text)
    try library.check(api.AllocatorFree(library.allocator, text), "free a name")
    return name
  }

  /// The shape that `info` tells; an open dimension is negative.
  static func shape(_ info: OpaquePointer, _ library: ONNXRuntimeLibrary) throws(GalleyError) -> [Int] {
    var rank = 0
    try library.check(library.api.pointee.GetDimensionsCount(info, &rank), "read a tensor's rank")
    var dimensions = [Int64](repeating: 0, count: rank)
    try library.check(library.api.pointee.GetDimensions(info, &dimensions, rank), "read a tensor's shape")
    return dimensions.map { Int($0) }
  }

  private static func dimensionNames(
    _ info: OpaquePointer, _ rank: Int, _ library: ONNXRuntimeLibrary
  ) throws(GalleyError) -> [String] {
    var names = [UnsafePointer<CChar>?](repeating: nil, count: rank)
    try library.check(library.api.pointee.GetSymbolicDimensions(info, &names, rank), "read a tensor's dimensions")
    return names.map { $0.map { String(cString: $0) } ?? "" }
  }
}
