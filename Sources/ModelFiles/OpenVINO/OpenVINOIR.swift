// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

/// A model in OpenVINO's intermediate representation: an XML file with the network, and a file with the constants.
public struct OpenVINOIR: Sendable, Hashable {
  /// The network's name.
  public var name: String
  /// Version of the format: 10 or 11.
  public var version: Int
  /// The operations in the file's order, constants, inputs and outputs among them.
  public var layers: [Layer]
  /// Which output feeds which input.
  public var edges: [Edge]
  /// Facts that programs left in the file (`rt_info`), by the path of their names: `model_info/labels`.
  public var information: [String: String]
  /// The file of the constants, if there is one.
  public var weightsPath: String?
  /// Its length in bytes; 0 if there is none.
  public var weightsByteCount: Int

  /// One operation.
  public struct Layer: Sendable, Hashable {
    /// The number by which edges refer to it.
    public var id: Int
    /// Its name.
    public var name: String
    /// The operation, such as `Convolution`.
    public var type: String
    /// The operation set that defines it, such as `opset1`.
    public var operationSet: String
    /// The operation's attributes.
    public var attributes: [String: String]
    /// What it reads.
    public var inputs: [Port]
    /// What it gives.
    public var outputs: [Port]
    /// The operations of graphs within it (TensorIterator, Loop, If), all in one list.
    public var innerLayers: [Layer]
  }

  /// A place where a tensor enters or leaves an operation.
  public struct Port: Sendable, Hashable {
    /// The number by which edges refer to it.
    public var id: Int
    /// The type of the tensor's elements as the file says it, such as `FP32`; empty at some inputs.
    public var precision: String
    /// The tensor's extents; `nil` for one that is open.
    public var shape: [Int?]
    /// The tensor's names.
    public var names: [String]
  }

  /// Which output feeds which input.
  public struct Edge: Sendable, Hashable {
    /// The operation that gives the tensor, and its port.
    public var fromLayer: Int, fromPort: Int
    /// The operation that reads it, and its port.
    public var toLayer: Int, toPort: Int
  }

  /// The operations whose values are given by the caller.
  public var parameters: [Layer] { layers.filter { $0.type == "Parameter" } }

  /// The operations and output ports whose values the caller gets, in order.
  public var results: [(layer: Layer, port: Port)] {
    let byID = Dictionary(layers.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let sources = Dictionary(edges.map { ($0.toLayer, $0) }, uniquingKeysWith: { first, _ in first })
    return layers.filter { $0.type == "Result" }.compactMap { result in
      guard let edge = sources[result.id], let layer = byID[edge.fromLayer],
        let port = layer.outputs.first(where: { $0.id == edge.fromPort })
      else { return nil }
      return (layer, port)
    }
  }

  /// All operations, those within others too.
  public var allLayers: [Layer] {
    var all: [Layer] = []
    var rest = layers[...]
    var waiting: [[Layer]] = []
    while true {
      if let layer = rest.popFirst() {
        all.append(layer)
        if !layer.innerLayers.isEmpty { waiting.append(layer.innerLayers) }
      } else if let next = waiting.popLast() {
        rest = next[...]
      } else {
        return all
      }
    }
  }

  /// The element type of a name that the format uses, in upper or lower case: `FP32`, `f32`, `boolean`.
  ///
  /// Source: `openvino/core/type/element_type.hpp` of OpenVINO 2026.
  public static func elementType(_ name: String) -> ElementType? {
    switch name.lowercased() {
    case "f32", "fp32": .float32
    case "f16", "fp16": .float16
    case "bf16": .bfloat16
    case "f64", "fp64": .float64
    case "i8": .int8
    case "i16": .int16
    case "i32": .int32
    case "i64": .int64
    case "u8": .uint8
    case "u16": .uint16
    case "u32": .uint32
    case "u64": .uint64
    case "i4": .int4
    case "u4": .uint4
    case "boolean", "bool": .bool
    case "f8e4m3": .float8e4m3fn
    case "f8e5m2": .float8e5m2
    default: nil
    }
  }
}
