// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Tensors

extension Onnx_ValueInfoProto {
  /// Creates a declaration of a graph's input or output.
  package init(name: String, elementType: ElementType, dimensions: [Dimension]) {
    self.init()
    self.name = name
    type.tensorType.elemType = elementType.onnxDataType
    type.tensorType.shape = Onnx_TensorShapeProto()
    type.tensorType.shape.dim = dimensions.map(Onnx_TensorShapeProto.Dimension.init)
  }

  /// The declaration as a specification; symbolic, unknown and negative dimensions are `nil`.
  /// - Throws: `ONNXError` if it is not a tensor of a supported element type with a known number of dimensions.
  func specification() throws(ONNXError) -> TensorSpec {
    guard case .tensorType(let tensor)? = type.value else {
      throw .unusableDeclaration(name, "it is not declared as a tensor")
    }
    guard let elementType = ElementType(onnx: tensor.elemType) else {
      throw .unusableDeclaration(name, "its element type (number \(tensor.elemType)) is not supported")
    }
    guard tensor.hasShape else { throw .unusableDeclaration(name, "its number of dimensions is not declared") }
    return TensorSpec(name: name, elementType: elementType, shape: tensor.shape.dim.map(\.extent))
  }
}

extension Onnx_TensorShapeProto.Dimension {
  init(_ dimension: Dimension) {
    self.init()
    switch dimension {
    case .fixed(let extent): dimValue = Int64(extent)
    case .symbolic(let name): dimParam = name
    }
  }

  /// The known extent, or `nil`.
  var extent: Int? {
    guard case .dimValue(let extent)? = value, extent >= 0 else { return nil }
    return Int(exactly: extent)
  }
}

extension ONNXError {
  fileprivate static func unusableDeclaration(_ name: String, _ reason: String) -> ONNXError {
    ONNXError(
      .unsupported, "an input or output of the model can't be used", at: "tensor '\(name)'", because: reason,
      remedy: "export the model with numeric tensors of known rank as inputs and outputs")
  }
}
