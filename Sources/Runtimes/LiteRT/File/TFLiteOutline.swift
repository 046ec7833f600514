// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// What a .tflite file says of itself, as far as it matters for running it: the signatures with their tensors.
struct TFLiteOutline: Sendable {
  let signatures: [TFLiteSignature]
  /// Whether the model keeps values, in resources, from one inference to the next.
  let isStateful: Bool
  /// Whether shapes within may be known only while the model runs.
  let maySizeWhileRunning: Bool
}

/// One way to call a model: named inputs and outputs, in the order of the graph's own list.
struct TFLiteSignature: Sendable {
  /// The name; that of the placeholder if the file has no signatures.
  let key: String
  /// Whether LiteRT made it, because the file has none.
  let isPlaceholder: Bool
  let inputs: [TFLitePort]
  let outputs: [TFLitePort]

  /// The name that LiteRT gives the signature of a file without signatures.
  static let placeholder = "<placeholder signature>"
}

/// One input or output: a tensor under the name that the signature gives it.
struct TFLitePort: Sendable {
  let name: String
  /// The tensor's number within its graph; two places may show the same tensor.
  let tensorIndex: Int
  let tensor: TFLiteTensor
}

/// A tensor as the file describes it.
struct TFLiteTensor: Sendable {
  let name: String
  let type: TFLiteElementType
  /// The extents that the file gives.
  let shape: [Int]
  /// The extents, with nil for those that the model leaves open.
  let openShape: [Int?]
  let quantization: Quantization?
  let holdsData: Bool

  /// What the contract calls it; nil for types that no value of Galley's has.
  var kind: ValueKind? {
    switch type {
    case .numbers(let elementType): .tensor(elementType, shape: openShape)
    case .strings: .strings(shape: openShape)
    case .other: nil
    }
  }
}

/// The element type of a tensor in a .tflite file.
enum TFLiteElementType: Sendable, Hashable {
  case numbers(ElementType)
  case strings
  /// Resources, variants, and numbers that tensors of Galley's don't hold, by their name in the format.
  case other(String)

  /// The type with this number in the format's schema (TensorType).
  init?(schemaNumber number: Int8) {
    guard Self.inSchema.indices.contains(Int(number)) else { return nil }
    self = Self.inSchema[Int(number)]
  }

  /// Bits of one element; nil if they are not of one size.
  var bitCount: Int? {
    switch self {
    case .numbers(let type): type.bitCount
    case .other("int2"): 2
    case .strings, .other: nil
    }
  }

  private static let inSchema: [TFLiteElementType] = [
    .numbers(.float32), .numbers(.float16), .numbers(.int32), .numbers(.uint8), .numbers(.int64), .strings,
    .numbers(.bool), .numbers(.int16), .numbers(.complex64), .numbers(.int8), .numbers(.float64),
    .numbers(.complex128), .numbers(.uint64), .other("resource"), .other("variant"), .numbers(.uint32),
    .numbers(.uint16), .numbers(.int4), .numbers(.bfloat16), .other("int2"), .numbers(.uint4),
    .numbers(.float8e4m3fn), .numbers(.float8e5m2),
  ]
}
