// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Model {
  /// The model with extents in the place of dynamic dimensions. A dimension with a name is replaced wherever the graph's
  /// declarations have that name.
  /// - Parameter shapes: complete shapes by the name of the input; inputs that are left out stay as they are.
  /// - Throws: `ONNXError` if there is no such input, a rank or a fixed extent differs, or a name would get two extents.
  public func fixingInputs(_ shapes: [String: [Int]]) throws(ONNXError) -> Model {
    guard !shapes.isEmpty else { return self }
    let inputs = Dictionary(proto.graph.input.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var symbols: [String: Int] = [:]
    for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
      guard let input = inputs[name] else {
        throw .unfitting(
          name, "the model has no such input", "use one of \(inputs.keys.sorted().joined(separator: ", "))")
      }
      try input.collectSymbols(for: shape, &symbols)
    }
    var result = self
    for index in result.proto.graph.input.indices {
      result.proto.graph.input[index].replace(symbols)
      guard let shape = shapes[result.proto.graph.input[index].name] else { continue }
      result.proto.graph.input[index].type.tensorType.shape.dim = shape.map {
        Onnx_TensorShapeProto.Dimension(.fixed($0))
      }
    }
    for index in result.proto.graph.output.indices { result.proto.graph.output[index].replace(symbols) }
    for index in result.proto.graph.valueInfo.indices { result.proto.graph.valueInfo[index].replace(symbols) }
    return result
  }
}

extension Onnx_ValueInfoProto {
  fileprivate func collectSymbols(for shape: [Int], _ symbols: inout [String: Int]) throws(ONNXError) {
    guard case .tensorType(let tensor)? = type.value else {
      throw .unfitting(name, "it is not a tensor", "leave its shape out")
    }
    guard shape.allSatisfy({ $0 >= 0 }) else {
      throw .unfitting(name, "the shape \(shape) has a negative extent", "use extents of zero or more")
    }
    guard tensor.hasShape else { return }
    let declared = self.type.described.dimensions ?? []
    let remedy = "give a shape that fits [\(declared.joined(separator: ", "))]"
    guard tensor.shape.dim.count == shape.count else {
      throw .unfitting(name, "it has \(tensor.shape.dim.count) dimensions, and \(shape.count) were given", remedy)
    }
    for (dimension, extent) in zip(tensor.shape.dim, shape) {
      switch dimension.value {
      case .dimValue(let fixed)? where fixed > 0 && fixed != Int64(extent):
        throw .unfitting(name, "the extent \(extent) was given where the model has \(fixed)", remedy)
      case .dimParam(let symbol)? where !symbol.isEmpty:
        if let other = symbols[symbol], other != extent {
          throw .unfitting(name, "'\(symbol)' would be \(other) and \(extent)", remedy)
        }
        symbols[symbol] = extent
      default: continue
      }
    }
  }

  fileprivate mutating func replace(_ symbols: [String: Int]) {
    guard case .tensorType(let tensor)? = type.value, tensor.hasShape else { return }
    for (axis, dimension) in tensor.shape.dim.enumerated() {
      guard case .dimParam(let symbol)? = dimension.value, let extent = symbols[symbol] else { continue }
      type.tensorType.shape.dim[axis] = Onnx_TensorShapeProto.Dimension(.fixed(extent))
    }
  }
}

extension ONNXError {
  fileprivate static func unfitting(_ name: String, _ reason: String, _ remedy: String) -> ONNXError {
    ONNXError(
      .invalidArgument, "a shape does not fit the model", at: "input '\(name)'", because: reason, remedy: remedy)
  }
}
