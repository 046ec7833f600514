// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The type of a tensor's elements, in NumPy's meaning and names.
public enum ElementType: String, Sendable, Hashable, Codable, CaseIterable {
  case bool
  case uint8, uint16, uint32, uint64
  case int8, int16, int32, int64
  case float16, bfloat16, float32, float64
  case complex64, complex128
  /// Eight-bit floating-point numbers in the layouts and names of ONNX and ml_dtypes.
  case float8e4m3fn, float8e4m3fnuz, float8e5m2, float8e5m2fnuz
  /// Four-bit integers, two in a byte, the first in the low half.
  case int4, uint4

  /// Bits that one element occupies.
  public var bitCount: Int {
    switch self {
    case .int4, .uint4: 4
    case .bool, .uint8, .int8, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz: 8
    case .uint16, .int16, .float16, .bfloat16: 16
    case .uint32, .int32, .float32: 32
    case .uint64, .int64, .float64, .complex64: 64
    case .complex128: 128
    }
  }

  /// Bytes that one element occupies; 1 for types of which several share a byte.
  public var byteCount: Int { max(1, bitCount / 8) }
}

/// A Swift type whose memory layout is that of a tensor element.
public protocol TensorElement: BitwiseCopyable, Sendable {
  /// The element type that this Swift type stores.
  static var elementType: ElementType { get }
}

extension UInt8: TensorElement { public static var elementType: ElementType { .uint8 } }
extension UInt16: TensorElement { public static var elementType: ElementType { .uint16 } }
extension UInt32: TensorElement { public static var elementType: ElementType { .uint32 } }
extension UInt64: TensorElement { public static var elementType: ElementType { .uint64 } }
extension Int8: TensorElement { public static var elementType: ElementType { .int8 } }
extension Int16: TensorElement { public static var elementType: ElementType { .int16 } }
extension Int32: TensorElement { public static var elementType: ElementType { .int32 } }
extension Int64: TensorElement { public static var elementType: ElementType { .int64 } }
extension Float: TensorElement { public static var elementType: ElementType { .float32 } }
extension Double: TensorElement { public static var elementType: ElementType { .float64 } }
