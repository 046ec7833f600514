// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

extension Model {
  mutating func foldBatchNormalization() throws(ONNXError) {
    var names = FreshNames(avoiding: proto.graph)
    var position = 0
    var index = GraphIndex(proto.graph)
    while position < proto.graph.node.count {
      if try foldBatchNormalization(at: position, index, &names) {
        index = GraphIndex(proto.graph)
      } else {
        position += 1
      }
    }
  }

  private mutating func foldBatchNormalization(
    at position: Int, _ index: GraphIndex, _ names: inout FreshNames
  ) throws(ONNXError) -> Bool {
    let node = proto.graph.node[position]
    guard let affine = try channelwiseAffine(node, index), let data = node.input(0), index.hasSoleConsumer(data),
      let producer = index.producers[data], let weights = try weights(of: producer, index),
      let folded = weights.scaled(by: affine)
    else { return false }
    proto.graph.replaceConstant(
      input: 1, of: producer, by: Onnx_TensorProto(folded.weight, name: ""), index, &names)
    proto.graph.replaceConstant(input: 2, of: producer, by: Onnx_TensorProto(folded.bias, name: ""), index, &names)
    if proto.graph.node[producer].is("Gemm") { proto.graph.node[producer].attribute.removeAll { $0.name == "beta" } }
    proto.graph.node[producer].output = [node.output[0]]
    proto.graph.node.remove(at: position)
    return true
  }

  /// What a `BatchNormalization` does to each channel, or `nil` if it trains, is not constant, or is not finite.
  private func channelwiseAffine(
    _ node: Onnx_NodeProto, _ index: GraphIndex
  ) throws(ONNXError) -> ChannelwiseAffine? {
    guard node.is("BatchNormalization"), opset >= 7, node.int("training_mode", default: 0) == 0,
      node.int("spatial", default: 1) == 1, node.input.count == 5, let output = node.output.first, !output.isEmpty,
      node.output.dropFirst().allSatisfy({ $0.isEmpty || !index.isUsed($0) })
    else { return nil }
    var parameters: [[Double]] = []
    for input in 1...4 {
      guard let values = try constant(node.input(input), index)?.doubles else { return nil }
      parameters.append(values)
    }
    return ChannelwiseAffine(
      scale: parameters[0], offset: parameters[1], mean: parameters[2], variance: parameters[3],
      epsilon: Double(node.float("epsilon", default: 1e-5)))
  }

  private func weights(of producer: Int, _ index: GraphIndex) throws(ONNXError) -> LinearWeights? {
    let node = proto.graph.node[producer]
    let channelAxis: Int
    if node.is("Conv") {
      channelAxis = 0
    } else if node.is("Gemm") {
      channelAxis = node.int("transB", default: 0) != 0 ? 0 : 1
    } else {
      return nil
    }
    guard let weight = try constant(node.input(1), index), weight.elementType == .float32 else { return nil }
    var bias: Tensor?
    if let name = node.input(2) {
      bias = try constant(name, index)
      guard bias?.elementType == .float32 else { return nil }
    }
    return LinearWeights(
      weight: weight, channelAxis: channelAxis, bias: bias,
      biasFactor: node.is("Gemm") ? Double(node.float("beta", default: 1)) : 1)
  }

  /// The tensor of an initializer that nothing can override, or `nil`.
  func constant(_ name: String?, _ index: GraphIndex) throws(ONNXError) -> Tensor? {
    guard let name, let position = index.constants[name] else { return nil }
    return try proto.graph.initializer[position].tensor(named: name)
  }
}

/// y = factor · x + offset for each channel, in double precision.
private struct ChannelwiseAffine {
  let factors: [Double]
  let offsets: [Double]

  init?(scale: [Double], offset: [Double], mean: [Double], variance: [Double], epsilon: Double) {
    guard offset.count == scale.count, mean.count == scale.count, variance.count == scale.count else { return nil }
    factors = zip(scale, variance).map { $0 / ($1 + epsilon).squareRoot() }
    offsets = zip(zip(factors, mean), offset).map { $1 - $0.0 * $0.1 }
    guard factors.allSatisfy(\.isFinite), offsets.allSatisfy(\.isFinite) else { return nil }
  }
}

/// The constant weight and bias of a `Conv` or `Gemm`.
private struct LinearWeights {
  let weight: Tensor
  let channelAxis: Int
  let bias: Tensor?
  let biasFactor: Double

  func scaled(by affine: ChannelwiseAffine) -> (weight: Tensor, bias: Tensor)? {
    let channels = affine.factors.count
    guard weight.count > 0, weight.shape.indices.contains(channelAxis), weight.shape[channelAxis] == channels,
      let values = weight.doubles, let bias = biases(channels)
    else { return nil }
    let inner = weight.shape[(channelAxis + 1)...].reduce(1, *)
    let scaled = values.enumerated().map { Float($1 * affine.factors[$0 / inner % channels]) }
    let moved = bias.enumerated().map { Float($1 * affine.factors[$0] + affine.offsets[$0]) }
    guard scaled.allSatisfy(\.isFinite), moved.allSatisfy(\.isFinite),
      let newWeight = try? Tensor(scaled, shape: weight.shape), let newBias = try? Tensor(moved, shape: [channels])
    else { return nil }
    return (newWeight, newBias)
  }

  /// One bias per channel, from a bias that may be missing or broadcast.
  private func biases(_ channels: Int) -> [Double]? {
    guard let bias else { return Array(repeating: 0, count: channels) }
    guard let values = bias.doubles else { return nil }
    if values.count == 1, bias.shape.count <= 2 { return Array(repeating: values[0] * biasFactor, count: channels) }
    guard bias.shape == [channels] || bias.shape == [1, channels] else { return nil }
    return values.map { $0 * biasFactor }
  }
}

extension Tensor {
  /// The elements in double precision, or `nil` if they are not floating-point numbers.
  var doubles: [Double]? {
    switch elementType {
    case .float32: (try? values(as: Float.self))?.map(Double.init)
    case .float64: try? values(as: Double.self)
    default: nil
    }
  }
}
