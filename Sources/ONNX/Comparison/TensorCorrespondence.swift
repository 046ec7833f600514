// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

/// Two tensors, one of each of two models, that should hold the same values.
public struct TensorCorrespondence: Sendable, Hashable, Codable {
  /// Why they are taken for counterparts.
  public enum Basis: String, Sendable, Hashable, Codable {
    /// They have the same name.
    case name
    /// The second model converts a tensor of the first one's name to integers and back; the second is what comes out.
    case converted
    /// The nodes that give them are the same operator at the same place of the same sequence.
    case position
  }

  /// The tensor of the first model.
  public var first: String
  /// The tensor of the second model.
  public var second: String
  /// Why they are taken for counterparts.
  public var basis: Basis
  /// The node of the first model that gives the tensor.
  public var node: String
  /// The operator of that node.
  public var operatorType: String

  /// Creates a correspondence.
  public init(first: String, second: String, basis: Basis, node: String, operatorType: String) {
    self.first = first
    self.second = second
    self.basis = basis
    self.node = node
    self.operatorType = operatorType
  }
}

extension Model {
  /// The floating-point tensors of this model that have a counterpart in another, in the order of this model's graph.
  ///
  /// Tensors of the same name belong together. Where the other model quantizes such a tensor, its counterpart is what
  /// comes out of `DequantizeLinear`, since a clamp may have moved into the conversion. Tensors that are left over belong
  /// together if their nodes are paired by the longest common subsequence of operators; conversions are not looked at.
  /// - Throws: `ONNXError` if shapes inside a graph don't fit together.
  public func correspondences(with other: Model) throws(ONNXError) -> [TensorCorrespondence] {
    let mine = try floatingPointTensors()
    let theirs = Set(try other.floatingPointTensors())
    let converted = other.convertedTensors
    let paired = pairedByPosition(with: other)
    var result: [TensorCorrespondence] = []
    var used: Set<String> = []
    let producers = GraphIndex(proto.graph).producers
    let names = Set(mine)
    for name in mine {
      let (second, basis): (String, TensorCorrespondence.Basis)
      if let end = converted[name], theirs.contains(end) {
        (second, basis) = (end, .converted)
      } else if theirs.contains(name) {
        (second, basis) = (name, .name)
      } else if let match = paired[name], theirs.contains(match), !names.contains(match) {
        (second, basis) = (match, .position)
      } else {
        continue
      }
      guard used.insert(second).inserted, let producer = producers[name] else { continue }
      let node = proto.graph.node[producer]
      result.append(
        .init(first: name, second: second, basis: basis, node: node.displayName, operatorType: node.opType))
    }
    return result
  }

  /// For a tensor that the graph converts to integers and back: what comes out.
  private var convertedTensors: [String: String] {
    let index = GraphIndex(proto.graph)
    var result: [String: String] = [:]
    for node in proto.graph.node where node.opType == "QuantizeLinear" {
      guard let source = node.input(0), let integers = node.output.first,
        let back = (index.consumers[integers] ?? []).map({ proto.graph.node[$0] })
          .first(where: { $0.opType == "DequantizeLinear" && $0.input(0) == integers })
      else { continue }
      result[source] = back.output.first
    }
    return result
  }
}

extension Onnx_NodeProto {
  /// The node's name, or that of its first output.
  var displayName: String { name.isEmpty ? output.first ?? "" : name }
}
