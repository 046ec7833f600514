// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

extension QuantizedGraphWriter {
  /// Weight and bias of a linear node as integers.
  struct LinearIntegers {
    let weight: QuantizedWeight
    let bias: [Int32]?
    let biasScales: [Float]
    let weightError: Double
    let biasError: Double
  }

  /// Largest magnitude of a bias's integer. The other half of the 32 bits is left to the sum that it is added to.
  private static let largestBias = 1_073_741_824.0

  func linearWeights(of node: Onnx_NodeProto, activationScale: Float) throws(ONNXError) -> LinearIntegers {
    let tensor = try constant(node.input[1])
    let axis = node.weightAxis
    let channels = tensor.shape[axis]
    let alpha = node.is("Gemm") ? Double(node.float("alpha", default: 1)) : 1
    let values = (tensor.doubles ?? []).map { $0 * alpha }
    let bias = try biases(of: node, channels)
    // The bias must fit its integers, and the product of the scales must be a normal number.
    let leastScale = Double(Float.leastNormalMagnitude.nextUp) / Double(activationScale)
    let smallest = (bias ?? Array(repeating: 0, count: channels)).map {
      max($0.magnitude / (Double(activationScale) * Self.largestBias), leastScale)
    }
    let isDepthwise = node.is("Conv") && tensor.shape[1] == 1 && node.int("group", default: 1) > 1
    let weight = QuantizedWeight(
      values, shape: tensor.shape, axis: axis,
      range: options.weightRange == .saturationFree && isDepthwise ? .full : options.weightRange,
      isPerChannel: options.isPerChannel, smallestScales: smallest)
    let scales = weight.scales.map { min(activationScale * $0, .greatestFiniteMagnitude) }
    let integers = bias.map { bias in
      bias.enumerated().map { channel, value in
        let steps = (value / Double(scales[scales.count == 1 ? 0 : channel])).rounded(.toNearestOrEven)
        return Int32(min(max(steps.isFinite ? steps : 0, -Self.largestBias), Self.largestBias))
      }
    }
    return LinearIntegers(
      weight: weight, bias: integers, biasScales: scales, weightError: weight.error(of: values),
      biasError: biasError(bias ?? [], integers ?? [], scales))
  }

  /// One bias per channel in double precision, or `nil` if the node has none.
  private func biases(of node: Onnx_NodeProto, _ channels: Int) throws(ONNXError) -> [Double]? {
    guard let name = node.input(2) else { return nil }
    let beta = node.is("Gemm") ? Double(node.float("beta", default: 1)) : 1
    let values = (try constant(name).doubles ?? []).map { $0 * beta }
    return values.count == channels ? values : Array(repeating: values.first ?? 0, count: channels)
  }

  private func biasError(_ bias: [Double], _ integers: [Int32], _ scales: [Float]) -> Double {
    let errors = zip(bias, integers).enumerated().map { channel, pair in
      pair.0 - Double(pair.1) * Double(scales[scales.count == 1 ? 0 : channel])
    }
    return rootMeanSquare(errors)
  }

  mutating func readWeight(_ integers: LinearIntegers, named name: String) throws(ONNXError) -> String {
    let weight = integers.weight
    let isPerChannel = weight.scales.count > 1 || options.isPerChannel
    let shape = isPerChannel ? [weight.scales.count] : []
    let quantized = appendInitializer(try .made(weight.values, weight.shape), wish: name + "_quantized")
    let scale = appendInitializer(try .made(weight.scales, shape), wish: name + "_scale")
    let zeros = [Int8](repeating: 0, count: weight.scales.count)
    let zeroPoint = appendInitializer(try .made(zeros, shape), wish: name + "_zero_point")
    let result = names.name(name + "_dequantized")
    appendDequantization([quantized, scale, zeroPoint], as: result, axis: isPerChannel ? weight.axis : nil)
    report(
      QuantizationReport.TensorEntry(
        name: name, kind: .weight, elementType: ElementType.int8.rawValue, scales: weight.scales, zeroPoint: 0,
        range: nil, error: integers.weightError))
    return result
  }

  mutating func readBias(_ integers: LinearIntegers, named name: String) throws(ONNXError) -> String {
    let values = integers.bias ?? []
    let shape = options.isPerChannel ? [integers.biasScales.count] : []
    let quantized = appendInitializer(try .made(values, [values.count]), wish: name + "_quantized")
    let scale = appendInitializer(try .made(integers.biasScales, shape), wish: name + "_scale")
    let zeros = [Int32](repeating: 0, count: integers.biasScales.count)
    let zeroPoint = appendInitializer(try .made(zeros, shape), wish: name + "_zero_point")
    let result = names.name(name + "_dequantized")
    appendDequantization([quantized, scale, zeroPoint], as: result, axis: options.isPerChannel ? 0 : nil)
    report(
      QuantizationReport.TensorEntry(
        name: name, kind: .bias, elementType: ElementType.int32.rawValue, scales: integers.biasScales, zeroPoint: 0,
        range: nil, error: integers.biasError))
    return result
  }

  /// Quantizes a constant that is read like an activation; its range is that of its values.
  mutating func readConstant(_ name: String) throws(ONNXError) -> String {
    let tensor = try constant(name)
    let values = (tensor.doubles ?? []).map { Float($0) }
    let range = ActivationRange(minimum: values.min() ?? 0, maximum: values.max() ?? 0).includingZero
    let parameters = ActivationParameters(covering: range, as: options.activationType)
    let bytes = values.map(parameters.quantize)
    let integers = try Tensor.made(bytes: bytes, options.activationType.elementType, tensor.shape)
    let quantized = appendInitializer(integers, wish: name + "_quantized")
    let scale = appendInitializer(try parameters.scaleTensor, wish: name + "_scale")
    let zeroPoint = appendInitializer(try parameters.zeroPointTensor, wish: name + "_zero_point")
    let result = names.name(name + "_dequantized")
    appendDequantization([quantized, scale, zeroPoint], as: result)
    report(
      QuantizationReport.TensorEntry(
        name: name, kind: .constant, elementType: options.activationType.elementType.rawValue,
        scales: [parameters.scale], zeroPoint: parameters.zeroPoint, range: range,
        error: rootMeanSquare(zip(values, bytes).map { Double($0) - parameters.value(of: $1) })))
    return result
  }

  private func constant(_ name: String) throws(ONNXError) -> Tensor {
    guard let position = planner.index.constants[name] else {
      throw .invalid("tensor '\(name)'", "it is not constant")
    }
    return try planner.graph.initializer[position].tensor(named: name)
  }
}
