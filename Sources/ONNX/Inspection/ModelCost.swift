// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a model computes in one run.
///
/// A MAC is one multiplication whose product is added to a sum, in convolutions, matrix products, `Einsum` and recurrent
/// layers; a bias adds none. An *element operation* is one for each element that an elementwise operator gives and for
/// each element that a pooling window, a reduction or a normalization reads in one pass over it: `Softmax` makes three
/// passes (exponential, sum, quotient), layer, group and instance normalization five (sum, difference, square and sum,
/// factor, offset), batch normalization and the conversions between integers and floats two.
public struct ModelCost: Sendable, Hashable, Codable {
  /// One node's share.
  public struct NodeCost: Sendable, Hashable, Codable {
    /// The node's name, or that of its first output.
    public var name: String
    /// The operator.
    public var operatorType: String
    /// Multiplications that are added up.
    public var macs: Int
    /// Other operations on elements.
    public var elementOperations: Int
    /// Two for each MAC, and the others.
    public var flops: Int { (macs.times(2)?.plus(elementOperations)) ?? .max }
  }

  /// A node that was not counted.
  public struct Uncounted: Sendable, Hashable, Codable {
    /// The node's name, or that of its first output.
    public var name: String
    /// The operator.
    public var operatorType: String
    /// Why.
    public var reason: String
  }

  /// The nodes that were counted, in the order of the graph; those that only move or describe data cost nothing.
  public var nodes: [NodeCost] = []
  /// The nodes that were not.
  public var uncounted: [Uncounted] = []

  /// MACs of all counted nodes.
  public var macs: Int { nodes.reduce(0) { $0.plus($1.macs) ?? .max } }
  /// Element operations of all counted nodes.
  public var elementOperations: Int { nodes.reduce(0) { $0.plus($1.elementOperations) ?? .max } }
  /// Two for each MAC, and the element operations.
  public var flops: Int { macs.times(2)?.plus(elementOperations) ?? .max }

  init(_ model: Model, _ tensors: [String: InferredTensor]) {
    let functions = Set(model.proto.functions.map { QualifiedName(domain: canonicalDomain($0.domain), name: $0.name) })
    for node in model.proto.graph.node {
      let name = node.name.isEmpty ? node.output.first ?? "" : node.name
      let isFunction = functions.contains(QualifiedName(domain: canonicalDomain(node.domain), name: node.opType))
      let rule = isFunction ? nil : CostRule.find(node)
      guard let rule else {
        uncounted.append(.init(name: name, operatorType: node.opType, reason: CostRule.reason(node, isFunction)))
        continue
      }
      guard let cost = rule.cost(CostRule.Step(node: node, tensors: tensors)) else {
        let reason = "shapes of its tensors are not known"
        uncounted.append(.init(name: name, operatorType: node.opType, reason: reason))
        continue
      }
      nodes.append(
        .init(name: name, operatorType: node.opType, macs: cost.macs, elementOperations: cost.elementOperations))
    }
  }
}
