// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

/// What shape inference found out about a tensor.
public struct InferredTensor: Sendable, Hashable {
  /// The element type, or `nil` if it is not known.
  public var elementType: ElementType?
  /// The dimensions, each `nil` if its extent is not known; the whole is `nil` if their number is not known.
  public var dimensions: [Dimension?]?

  /// Creates a finding; without arguments, nothing is known.
  public init(elementType: ElementType? = nil, dimensions: [Dimension?]? = nil) {
    self.elementType = elementType
    self.dimensions = dimensions
  }

  /// The number of dimensions, or `nil`.
  public var rank: Int? { dimensions?.count }

  /// The extents if all of them are known.
  var fixedShape: [Int]? {
    guard let dimensions else { return nil }
    let extents = dimensions.compactMap { $0?.extent }
    return extents.count == dimensions.count ? extents : nil
  }
}

extension Dimension {
  /// The known extent, or `nil`.
  var extent: Int? {
    if case .fixed(let extent) = self { extent } else { nil }
  }
}

extension InferredTensor {
  init(_ tensor: Tensor) {
    self.init(elementType: tensor.elementType, dimensions: tensor.shape.map { .fixed($0) })
  }

  init(_ proto: Onnx_TypeProto) {
    guard case .tensorType(let tensor)? = proto.value else {
      self.init()
      return
    }
    self.init(
      elementType: ElementType(onnx: tensor.elemType),
      dimensions: tensor.hasShape ? tensor.shape.dim.map(Dimension.init(proto:)) : nil)
  }

  /// The protobuf form, or `nil` if the element type is not known.
  var proto: Onnx_TypeProto? {
    guard let elementType else { return nil }
    var type = Onnx_TypeProto()
    type.tensorType.elemType = elementType.onnxDataType
    if let dimensions {
      type.tensorType.shape = Onnx_TensorShapeProto()
      type.tensorType.shape.dim = dimensions.map { $0.map(Onnx_TensorShapeProto.Dimension.init) ?? .init() }
    }
    return type
  }

  /// This finding, completed by another about the same tensor; what is more exact wins.
  func merged(with other: InferredTensor) -> InferredTensor {
    var merged = InferredTensor(elementType: elementType ?? other.elementType, dimensions: dimensions)
    guard let theirs = other.dimensions else { return merged }
    guard let ours = dimensions, ours.count == theirs.count else {
      merged.dimensions = dimensions ?? theirs
      return merged
    }
    merged.dimensions = zip(ours, theirs).map { mine, their in
      if mine?.extent != nil { return mine }
      return their?.extent != nil ? their : mine ?? their
    }
    return merged
  }
}

extension Dimension {
  fileprivate init?(proto: Onnx_TensorShapeProto.Dimension) {
    switch proto.value {
    case .dimValue(let extent)?:
      guard extent >= 0, let exact = Int(exactly: extent) else { return nil }
      self = .fixed(exact)
    case .dimParam(let name)? where !name.isEmpty: self = .symbolic(name)
    default: return nil
    }
  }
}
