// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
package import Tensors

extension ElementType {
  /// The element type for a `TensorProto.DataType`, or `nil` for one that `Tensor` has no word for.
  package init?(onnx dataType: Int32) {
    switch dataType {
    case 1: self = .float32
    case 2: self = .uint8
    case 3: self = .int8
    case 4: self = .uint16
    case 5: self = .int16
    case 6: self = .int32
    case 7: self = .int64
    case 9: self = .bool
    case 10: self = .float16
    case 11: self = .float64
    case 12: self = .uint32
    case 13: self = .uint64
    case 14: self = .complex64
    case 15: self = .complex128
    case 16: self = .bfloat16
    case 17: self = .float8e4m3fn
    case 18: self = .float8e4m3fnuz
    case 19: self = .float8e5m2
    case 20: self = .float8e5m2fnuz
    case 21: self = .uint4
    case 22: self = .int4
    default: return nil
    }
  }

  /// The number of this type in `TensorProto.DataType`.
  package var onnxDataType: Int32 {
    switch self {
    case .float32: 1
    case .uint8: 2
    case .int8: 3
    case .uint16: 4
    case .int16: 5
    case .int32: 6
    case .int64: 7
    case .bool: 9
    case .float16: 10
    case .float64: 11
    case .uint32: 12
    case .uint64: 13
    case .complex64: 14
    case .complex128: 15
    case .bfloat16: 16
    case .float8e4m3fn: 17
    case .float8e4m3fnuz: 18
    case .float8e5m2: 19
    case .float8e5m2fnuz: 20
    case .uint4: 21
    case .int4: 22
    }
  }
}

extension Onnx_TensorProto {
  /// Creates the protobuf form of a tensor; its elements become `raw_data`.
  package init(_ tensor: Tensor, name: String) {
    self.init()
    if !name.isEmpty { self.name = name }
    dims = tensor.shape.map(Int64.init)
    dataType = tensor.elementType.onnxDataType
    rawData = Data(tensor.bytes)
  }

  /// The tensor, from `raw_data` or from the typed fields.
  /// - Throws: `ONNXError` if the element type has no counterpart, the data lie outside the file, or their length is
  ///   not the shape's.
  package func tensor(named name: String) throws(ONNXError) -> Tensor {
    try refuseDataElsewhere(name)
    guard let elementType = ElementType(onnx: dataType) else {
      throw .unreadableTensor(name, .unsupported, "its element type (number \(dataType)) is not supported")
    }
    let shape = dims.map { Int(exactly: $0) ?? -1 }
    let bytes = hasRawData ? [UInt8](rawData) : try typedBytes(elementType, name)
    do {
      return try Tensor(elementType: elementType, shape: shape, bytes: bytes)
    } catch {
      throw .unreadableTensor(name, .invalidModel, error.description)
    }
  }

  private func refuseDataElsewhere(_ name: String) throws(ONNXError) {
    if hasSegment { throw .unreadableTensor(name, .unsupported, "its data are split into segments") }
    guard dataLocation == .external || !externalData.isEmpty else { return }
    let file = externalData.first { $0.key == "location" }?.value ?? ""
    let parts = file.split(separator: "/", omittingEmptySubsequences: false)
    if file.isEmpty || file.hasPrefix("/") || parts.contains("..") {
      throw .unreadableTensor(
        name, .invalidModel, "its data are said to lie in '\(file)', which is not a place beside the model")
    }
    throw ONNXError(
      .unsupported, "a tensor can't be read", at: "tensor '\(name)'",
      because: "its data lie in the separate file '\(file)'",
      remedy: "read the model from its file, with that file beside it")
  }

  private func typedBytes(_ elementType: ElementType, _ name: String) throws(ONNXError) -> [UInt8] {
    switch elementType {
    case .float32: return floatData.littleEndianBytes
    case .float64: return doubleData.littleEndianBytes
    case .int64: return int64Data.littleEndianBytes
    case .uint64: return uint64Data.littleEndianBytes
    case .int32: return int32Data.littleEndianBytes
    case .uint32: return try narrowed(uint64Data, to: UInt32.self, name)
    // A complex number is its real and its imaginary part, one after the other.
    case .complex64: return floatData.littleEndianBytes
    case .complex128: return doubleData.littleEndianBytes
    case .int8: return try narrowed(int32Data, to: Int8.self, name)
    // Two numbers of four bits stand in one number of the field, packed as in a byte.
    case .uint8, .int4, .uint4, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz:
      return try narrowed(int32Data, to: UInt8.self, name)
    case .int16: return try narrowed(int32Data, to: Int16.self, name)
    case .uint16, .float16, .bfloat16: return try narrowed(int32Data, to: UInt16.self, name)
    case .bool: return int32Data.map { $0 == 0 ? 0 : 1 }
    }
  }

  private func narrowed<Wide: BinaryInteger, Narrow: FixedWidthInteger & BitwiseCopyable>(
    _ values: [Wide], to type: Narrow.Type, _ name: String
  ) throws(ONNXError) -> [UInt8] {
    var narrow: [Narrow] = []
    narrow.reserveCapacity(values.count)
    for value in values {
      guard let exact = Narrow(exactly: value) else {
        throw .unreadableTensor(name, .invalidModel, "the element \(value) does not fit its element type")
      }
      narrow.append(exact)
    }
    return narrow.littleEndianBytes
  }
}

extension ONNXError {
  static func unreadableTensor(_ name: String, _ code: Code, _ reason: String) -> ONNXError {
    ONNXError(
      code, "a tensor can't be read", at: "tensor '\(name)'", because: reason,
      remedy: "export the model again with the tensor's data inside the file")
  }
}

extension Array where Element: BitwiseCopyable {
  /// The elements' memory. Every platform that Swift on Linux supports here is little-endian, as ONNX demands.
  var littleEndianBytes: [UInt8] { withUnsafeBytes { Array<UInt8>($0) } }
}
