// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a quantization did: every tensor that became integers, and every node.
public struct QuantizationReport: Sendable, Hashable, Codable {
  /// What a tensor is in the graph.
  public enum Kind: String, Sendable, Hashable, Codable {
    /// The result of a node, or an input of the graph.
    case activation
    /// A constant weight.
    case weight
    /// A constant bias.
    case bias
    /// Another constant that a node reads.
    case constant
  }

  /// One tensor that became integers.
  public struct TensorEntry: Sendable, Hashable, Codable {
    /// The tensor's name in the float model.
    public let name: String
    /// What the tensor is.
    public let kind: Kind
    /// The integers, for example `uint8`.
    public let elementType: String
    /// One scale, or one per channel.
    public let scales: [Float]
    /// The zero point; 0 for weights and biases.
    public let zeroPoint: Int
    /// The range that the integers cover, for an activation.
    public let range: ActivationRange?
    /// Root of the mean squared difference between the float values and what the integers stand for, for a constant.
    public let error: Double?
  }

  /// What became of a node.
  public enum Outcome: Sendable, Hashable, Codable {
    /// It works on integers.
    case quantized
    /// It disappeared into the range of the result before it.
    case fused
    /// It stayed float, for this reason.
    case float(String)
  }

  /// One node of the simplified float model.
  public struct NodeEntry: Sendable, Hashable, Codable {
    /// The node's name, or its first result's if it has none.
    public let name: String
    /// The operator.
    public let operatorType: String
    /// What became of it.
    public let outcome: Outcome
  }

  /// The tensors, in the order in which the graph needs them.
  public let tensors: [TensorEntry]
  /// The nodes, in the order of the graph.
  public let nodes: [NodeEntry]
}
