// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

/// A tensor that the model holds or computes as integers with a scale.
public struct QuantizedTensor: Sendable, Hashable, Codable {
  /// What the tensor is for.
  public enum Role: String, Sendable, Hashable, Codable {
    /// A constant factor.
    case weight
    /// A constant of 32-bit integers that is added.
    case bias
    /// Something computed when the model runs.
    case activation
  }

  /// The name of the integer tensor, or of the float tensor if the integers have no name of their own.
  public var name: String
  /// What it is for.
  public var role: Role
  /// The operator that says so: `DequantizeLinear` (QDQ), `QLinearConv` …
  public var form: String
  /// The type of the integers; `nil` if it is not known.
  public var elementType: String?
  /// The axis along which each index has a scale; `nil` for one scale, or for blocks.
  public var axis: Int?
  /// The number of scales; `nil` if they are not constant.
  public var scaleCount: Int?
  /// The smallest scale.
  public var smallestScale: Float?
  /// The largest scale.
  public var largestScale: Float?
  /// Whether all zero points are 0; `nil` if they are not constant.
  public var isSymmetric: Bool?
}

extension Model {
  /// The quantized tensors of the graph, in its order, each once.
  var quantizedTensors: [QuantizedTensor] {
    let reader = QuantizationReader(proto.graph)
    var seen: Set<String> = []
    return proto.graph.node.flatMap(reader.tensors).filter { seen.insert($0.name).inserted }
  }
}

/// Finds what nodes say about scales.
private struct QuantizationReader {
  let constants: [String: Onnx_TensorProto]

  init(_ graph: Onnx_GraphProto) {
    let named = graph.constants.map { ($0.name, $0) }
    constants = Dictionary(named, uniquingKeysWith: { first, _ in first })
  }

  /// Data, scale and zero point of each quantized tensor of an operator, as numbers of inputs; `nil` data is the result.
  private static let places: [String: [(data: Int?, scale: Int, zeroPoint: Int)]] = [
    "DequantizeLinear": [(0, 1, 2)], "QLinearConv": [(0, 1, 2), (3, 4, 5), (nil, 6, 7)],
    "QLinearMatMul": [(0, 1, 2), (3, 4, 5), (nil, 6, 7)], "QLinearAdd": [(0, 1, 2), (3, 4, 5), (nil, 6, 7)],
    "QLinearMul": [(0, 1, 2), (3, 4, 5), (nil, 6, 7)], "QGemm": [(0, 1, 2), (3, 4, 5), (nil, 7, 8)],
  ]

  func tensors(_ node: Onnx_NodeProto) -> [QuantizedTensor] {
    (Self.places[node.opType] ?? []).compactMap { place in
      guard let name = place.data.map({ node.input($0) }) ?? node.output.first else { return nil }
      return tensor(name, node, scale: node.input(place.scale), zeroPoint: node.input(place.zeroPoint))
    }
  }

  private func tensor(_ name: String, _ node: Onnx_NodeProto, scale: String?, zeroPoint: String?) -> QuantizedTensor {
    let scales = scale.flatMap { constants[$0] }.flatMap { try? $0.tensor(named: $0.name) }
    let values = scales.flatMap(\.doubles) ?? []
    let zeroPoints = zeroPoint.flatMap { constants[$0] }.flatMap { try? $0.tensor(named: $0.name) }
    let data = constants[name]
    return QuantizedTensor(
      name: name, role: data.map { $0.dataType == 6 ? .bias : .weight } ?? .activation, form: node.opType,
      elementType: (data?.dataType ?? zeroPoints?.elementType.onnxDataType).map(typeName),
      axis: scales?.shape.count == 1 && values.count > 1 ? axis(of: node) : nil,
      scaleCount: scales?.count, smallestScale: values.min().map { Float($0) },
      largestScale: values.max().map { Float($0) },
      isSymmetric: zeroPoint == nil ? true : zeroPoints.map { $0.bytes.allSatisfy { $0 == 0 } })
  }

  /// Source: `DequantizeLinear` has an attribute; weights of the others have their scales along the output channels.
  private func axis(of node: Onnx_NodeProto) -> Int {
    if node.is("DequantizeLinear") { return Int(clamping: node.int("axis", default: 1)) }
    return node.is("QLinearConv") ? 0 : 1
  }
}
