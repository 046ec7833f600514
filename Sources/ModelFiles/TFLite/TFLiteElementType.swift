// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

/// The type of a tensor's elements in a TensorFlow Lite file.
///
/// Source: the enumeration TensorType of TensorFlow Lite's schema, in the release ai-edge-litert 2.3.0.
public struct TFLiteElementType: Sendable, Hashable, CustomStringConvertible {
  /// The number that stands for the type in the file.
  public let code: Int

  /// Creates a type from its number.
  public init(code: Int) { self.code = code }

  /// Text.
  public static let string = TFLiteElementType(code: 5)

  private static let names = [
    "FLOAT32", "FLOAT16", "INT32", "UINT8", "INT64", "STRING", "BOOL", "INT16", "COMPLEX64", "INT8", "FLOAT64",
    "COMPLEX128", "UINT64", "RESOURCE", "VARIANT", "UINT32", "UINT16", "INT4", "BFLOAT16", "INT2", "UINT4",
    "FLOAT8_E4M3FN", "FLOAT8_E5M2",
  ]

  private static let elementTypes: [ElementType?] = [
    .float32, .float16, .int32, .uint8, .int64, nil, .bool, .int16, .complex64, .int8, .float64, .complex128, .uint64,
    nil, nil, .uint32, .uint16, .int4, .bfloat16, nil, .uint4, .float8e4m3fn, .float8e5m2,
  ]

  /// The schema's name.
  public var description: String {
    Self.names.indices.contains(code) ? Self.names[code] : "type \(code)"
  }

  /// The type in Galley's words; `nil` for text, resources and types that Galley has no word for.
  public var elementType: ElementType? {
    Self.elementTypes.indices.contains(code) ? Self.elementTypes[code] : nil
  }
}
