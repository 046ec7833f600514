// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

/// Text in an n-dimensional array, in row-major order.
public struct StringTensor: Sendable, Hashable {
  /// The extent of each dimension.
  public let shape: [Int]
  /// The elements.
  public let values: [String]

  /// Creates a tensor.
  /// - Throws: `TensorError` if the number of values is not the shape's.
  public init(_ values: [String], shape: [Int]) throws(TensorError) {
    guard shape.allSatisfy({ $0 >= 0 }),
      shape.reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue })
        == values.count
    else {
      throw TensorError(.sizeMismatch, "\(values.count) texts don't fill a tensor of shape \(shape)")
    }
    self.shape = shape
    self.values = values
  }
}

/// What goes into a model or comes out of it.
public indirect enum ModelValue: Sendable, Hashable {
  /// Numbers.
  case tensor(Tensor)
  /// Text.
  case strings(StringTensor)
  /// Values of one kind, one after the other.
  case sequence([ModelValue])
  /// Keys and values, both as tensors of one dimension.
  case map(keys: ModelValue, values: ModelValue)
  /// An optional that holds nothing.
  case absent

  /// The tensor, if it is one of numbers.
  public var tensor: Tensor? { if case .tensor(let tensor) = self { tensor } else { nil } }
}

/// The kind of value that a model takes or gives at one place.
public indirect enum ValueKind: Sendable, Hashable, Codable {
  /// Numbers; `nil` marks a dimension that the model leaves open, and a missing shape an open rank.
  case tensor(ElementType, shape: [Int?]?)
  /// Text.
  case strings(shape: [Int?]?)
  /// Values of one kind.
  case sequence(of: ValueKind)
  /// Keys of one kind with values of one.
  case map(keys: ValueKind, values: ValueKind)
  /// A value or nothing.
  case optional(ValueKind)
}

/// What a model expects or gives at one of its inputs or outputs.
public struct ValueSpec: Sendable, Hashable, Codable {
  /// The name by which the model knows it.
  public var name: String
  /// What it is.
  public var kind: ValueKind
  /// For what its whole numbers stand, if it is quantized and the runtime says so.
  public var quantization: Quantization?

  /// Creates a specification.
  public init(name: String, kind: ValueKind, quantization: Quantization? = nil) {
    self.name = name
    self.kind = kind
    self.quantization = quantization
  }

  /// Creates the specification of a tensor.
  public init(_ spec: TensorSpec) { self.init(name: spec.name, kind: .tensor(spec.elementType, shape: spec.shape)) }

  /// The specification as a tensor of numbers; `nil` if it is something else or its rank is open.
  public var tensor: TensorSpec? {
    guard case .tensor(let elementType, let shape?) = kind else { return nil }
    return TensorSpec(name: name, elementType: elementType, shape: shape)
  }
}

extension ValueKind {
  /// The kind in words, such as `float32 [any, 3, 224, 224]`.
  public var summary: String {
    switch self {
    case .tensor(let elementType, let shape): "\(elementType) \(Self.text(shape))"
    case .strings(let shape): "text \(Self.text(shape))"
    case .sequence(let element): "a sequence of \(element.summary)"
    case .map(let keys, let values): "a map from \(keys.summary) to \(values.summary)"
    case .optional(let value): "optionally \(value.summary)"
    }
  }

  private static func text(_ shape: [Int?]?) -> String {
    guard let shape else { return "of any shape" }
    return "[" + shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ") + "]"
  }
}
