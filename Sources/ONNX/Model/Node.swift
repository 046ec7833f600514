// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// One operation of a graph.
public struct Node: Sendable, Hashable {
  /// The node's name; may be empty.
  public let name: String
  /// The operator, for example `Conv`.
  public let operatorType: String
  /// The operator's domain; empty for ONNX's own operators.
  public let domain: String
  /// Names of the tensors that the node reads; an optional input that is left out is an empty name.
  public let inputs: [String]
  /// Names of the tensors that the node gives; an optional output that is left out is an empty name.
  public let outputs: [String]
  /// The attributes that have a typed value.
  public let attributes: [String: AttributeValue]
  /// Names of the attributes that hold something else, such as a subgraph.
  public let untypedAttributes: [String]

  init(_ proto: Onnx_NodeProto) {
    name = proto.name
    operatorType = proto.opType
    domain = canonicalDomain(proto.domain)
    inputs = proto.input
    outputs = proto.output
    var attributes: [String: AttributeValue] = [:]
    var untyped: [String] = []
    for attribute in proto.attribute {
      if let value = attribute.value { attributes[attribute.name] = value } else { untyped.append(attribute.name) }
    }
    self.attributes = attributes
    untypedAttributes = untyped
  }
}
