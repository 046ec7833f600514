// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Float16GraphWriter {
  /// What is known of a tensor, in the innermost graph that knows it.
  func find(_ name: String) -> Float16Tensor? {
    for frame in frames.reversed() {
      if let tensor = frame.tensors[name] { return tensor }
    }
    return nil
  }

  func elementType(_ name: String) -> Int32 { find(name)?.elementType ?? 0 }

  mutating func set(_ name: String, _ tensor: Float16Tensor) {
    guard !frames.isEmpty else { return }
    frames[frames.count - 1].tensors[name] = tensor
  }

  mutating func append(_ node: Onnx_NodeProto) {
    guard !frames.isEmpty else { return }
    frames[frames.count - 1].nodes.append(node)
  }

  /// The name under which a tensor can be read in a precision; a constant or a `Cast` is added if need be.
  mutating func name(of original: String, in precision: Precision) throws(ONNXError) -> String {
    guard let tensor = find(original), tensor.isConvertible else { return original }
    if let name = precision == .half ? tensor.half : tensor.single { return name }
    if let constant = tensor.constant { return try write(constant, of: original, in: precision) }
    guard let source = precision == .half ? tensor.single : tensor.half else { return original }
    let result = names.name(original + precision.suffix)
    appendCast(from: source, to: result, precision)
    var converted = tensor
    if precision == .half { converted.half = result } else { converted.single = result }
    set(original, converted)
    return result
  }

  mutating func appendCast(from source: String, to result: String, _ precision: Precision) {
    var cast = Onnx_NodeProto()
    cast.opType = "Cast"
    cast.name = names.name(result + "_Cast")
    cast.input = [source]
    cast.output = [result]
    cast.attribute = [Onnx_AttributeProto("to", .int(precision.dataType))]
    append(cast)
    report.casts += 1
    hasChanged = true
  }

  /// Writes a constant into the graph that owns it. The first precision takes the name.
  private mutating func write(
    _ constant: Onnx_TensorProto, of original: String, in precision: Precision
  ) throws(ONNXError) -> String {
    guard let owner = frames.lastIndex(where: { $0.tensors[original] != nil }),
      var tensor = frames[owner].tensors[original]
    else { return original }
    let isFirst = tensor.half == nil && tensor.single == nil
    let name = isFirst ? original : names.name(original + precision.suffix)
    var written = constant
    if precision == .half {
      written = try converted(constant)
      tensor.half = name
    } else {
      tensor.single = name
    }
    written.name = name
    frames[owner].constants.append(written)
    frames[owner].tensors[original] = tensor
    return name
  }

  /// A float32 tensor in half precision; what it lost is reported.
  mutating func converted(_ constant: Onnx_TensorProto) throws(ONNXError) -> Onnx_TensorProto {
    let weights = try Float16Weights(constant)
    report.convertedTensors += 1
    hasChanged = true
    if weights.clamped + weights.flushed > 0 {
      report.lossyTensors.append(
        .init(name: constant.name, clamped: weights.clamped, flushed: weights.flushed))
    }
    return weights.tensor
  }
}

extension Precision {
  var suffix: String { self == .half ? "_float16" : "_float32" }
  /// The number in `TensorProto.DataType`.
  var dataType: Int64 { self == .half ? 10 : 1 }
}
