// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// An n-dimensional array in row-major (C) order, little-endian, without gaps.
///
/// A tensor is a value: bytes with an element type and a shape. A scalar has the shape `[]`.
public struct Tensor: Sendable, Hashable {
  /// The type of each element.
  public let elementType: ElementType
  /// The extent of each dimension; all are zero or more.
  public let shape: [Int]
  /// The elements' bytes: as many as `Tensor.byteCount(elementType, shape)` says.
  public let bytes: [UInt8]

  /// Number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// Creates a tensor from its bytes.
  /// - Throws: `TensorError` if the shape is negative, too large, or does not agree with the number of bytes.
  public init(elementType: ElementType, shape: [Int], bytes: [UInt8]) throws(TensorError) {
    let expected = try Self.byteCount(elementType, shape)
    guard expected == bytes.count else {
      throw TensorError(
        .sizeMismatch,
        "a \(elementType) tensor of shape \(shape) needs \(expected) bytes, but \(bytes.count) were given")
    }
    self.elementType = elementType
    self.shape = shape
    self.bytes = bytes
  }

  /// Creates a tensor from Swift values.
  /// - Throws: `TensorError` if the number of values is not the shape's.
  public init<Element: TensorElement>(_ values: [Element], shape: [Int]) throws(TensorError) {
    try self.init(elementType: Element.elementType, shape: shape, bytes: values.withUnsafeBytes { Array($0) })
  }

  /// Creates a tensor of zeros.
  /// - Throws: `TensorError` if the shape is negative or too large.
  public init(zeros elementType: ElementType, shape: [Int]) throws(TensorError) {
    let count = try Self.byteCount(elementType, shape)
    try self.init(elementType: elementType, shape: shape, bytes: [UInt8](repeating: 0, count: count))
  }

  /// The elements as Swift values.
  /// - Throws: `TensorError` if the tensor holds another element type.
  public func values<Element: TensorElement>(as type: Element.Type = Element.self) throws(TensorError) -> [Element] {
    guard Element.elementType == elementType else {
      throw TensorError(.typeMismatch, "a \(elementType) tensor can't be read as \(Element.elementType)")
    }
    return bytes.withUnsafeBytes { raw in
      [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: raw)
        initialized = count
      }
    }
  }

  /// The tensor's rows `range` along the first dimension.
  /// - Throws: `TensorError` if the tensor is a scalar or the range lies outside.
  public func rows(_ range: Range<Int>) throws(TensorError) -> Tensor {
    guard let length = shape.first, range.lowerBound >= 0, range.upperBound <= length else {
      throw TensorError(.outOfRange, "rows \(range) lie outside a tensor of shape \(shape)")
    }
    let stride = try rowByteCount(length)
    return try Tensor(
      elementType: elementType, shape: [range.count] + shape.dropFirst(),
      bytes: Array(bytes[range.lowerBound * stride..<range.upperBound * stride]))
  }

  /// The tensor's rows at `indices` along the first dimension, in that order.
  /// - Throws: `TensorError` if the tensor is a scalar or an index lies outside.
  public func gathering(rows indices: [Int]) throws(TensorError) -> Tensor {
    guard let length = shape.first else { throw TensorError(.outOfRange, "a scalar has no rows") }
    let stride = try rowByteCount(length)
    var gathered: [UInt8] = []
    gathered.reserveCapacity(indices.count * stride)
    for index in indices {
      guard index >= 0, index < length else {
        throw TensorError(.outOfRange, "row \(index) lies outside a tensor of shape \(shape)")
      }
      gathered.append(contentsOf: bytes[index * stride..<(index + 1) * stride])
    }
    return try Tensor(elementType: elementType, shape: [indices.count] + shape.dropFirst(), bytes: gathered)
  }

  /// Bytes of one row along the first dimension, of which there are `length`.
  private func rowByteCount(_ length: Int) throws(TensorError) -> Int {
    guard length > 0 else { return 0 }
    guard (count / length) * elementType.bitCount % 8 == 0 else {
      throw TensorError(.invalidShape, "the rows of a \(elementType) tensor of shape \(shape) don't begin at bytes")
    }
    return bytes.count / length
  }

  /// The same elements under another shape.
  /// - Throws: `TensorError` if the number of elements would differ.
  public func reshaped(_ shape: [Int]) throws(TensorError) -> Tensor {
    try Tensor(elementType: elementType, shape: shape, bytes: bytes)
  }

  /// Bytes that a tensor of this type and shape occupies.
  /// - Throws: `TensorError` if a dimension is negative or the product overflows.
  public static func byteCount(_ elementType: ElementType, _ shape: [Int]) throws(TensorError) -> Int {
    var bits = elementType.bitCount
    for dimension in shape {
      let (product, overflow) = bits.multipliedReportingOverflow(by: dimension)
      guard dimension >= 0, !overflow, product < Int.max - 8 else {
        throw TensorError(.invalidShape, "the shape \(shape) is negative or too large")
      }
      bits = product
    }
    return (bits + 7) / 8
  }
}

/// What a model expects or gives at one of its inputs or outputs.
public struct TensorSpec: Sendable, Hashable, Codable {
  /// The name by which the model knows the tensor.
  public var name: String
  /// The type of each element.
  public var elementType: ElementType
  /// The extent of each dimension; `nil` marks a dynamic one.
  public var shape: [Int?]

  /// Creates a specification.
  public init(name: String, elementType: ElementType, shape: [Int?]) {
    self.name = name
    self.elementType = elementType
    self.shape = shape
  }
}
