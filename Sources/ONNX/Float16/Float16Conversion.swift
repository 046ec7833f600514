// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Conversion of a float32 model to float16 (half precision).
///
/// Weights are rounded to the nearest float16, ties to even. Every operator works in float16 unless its schema does not
/// allow that, it stands in ``KeptOperator/standard``, it is excluded, or it computes with numbers that come from
/// integers, such as extents; `Cast` nodes stand where the two meet. Tensors keep their names: a tensor in the other
/// precision is called after it, with the suffix `_float16` or `_float32`.
///
/// ```swift
/// let (half, report) = try model.convertedToFloat16()
/// ```
public enum Float16Conversion {
  /// What to convert and how.
  public struct Options: Sendable, Hashable, Codable {
    /// Leave the graph's inputs and outputs float32, with `Cast` nodes behind and before them.
    public var keepsInputsAndOutputs = true
    /// Operators that stay float32 beside those of ``KeptOperator/standard``.
    public var excludedOperators: Set<String> = []
    /// Names of nodes that stay float32.
    public var excludedNodes: Set<String> = []
    /// Operators that are converted although they stand in ``KeptOperator/standard``.
    public var admittedOperators: Set<String> = []

    /// Creates the default options.
    public init() {}
  }

  /// What became of a node that works on float32.
  public enum Outcome: Sendable, Hashable {
    /// It works in float16.
    case float16
    /// It stays as it was, for this reason.
    case float32(String)
  }

  /// What a conversion did.
  public struct Report: Sendable, Hashable {
    /// A node and what became of it.
    public struct NodeEntry: Sendable, Hashable {
      /// The node's name, or that of its first output.
      public let name: String
      /// The operator.
      public let operatorType: String
      /// What became of it.
      public let outcome: Outcome
    }

    /// A weight some of whose values did not fit.
    public struct LossyTensor: Sendable, Hashable {
      /// The tensor's name.
      public let name: String
      /// Finite values beyond ±65504, which became ±65504.
      public let clamped: Int
      /// Values other than zero that became zero.
      public let flushed: Int
    }

    /// The nodes that work on float32, in the order of the graph, those of subgraphs before the node they belong to.
    public internal(set) var nodes: [NodeEntry] = []
    /// The weights that lost more than precision.
    public internal(set) var lossyTensors: [LossyTensor] = []
    /// Weights that became float16.
    public internal(set) var convertedTensors = 0
    /// `Cast` nodes that were added.
    public internal(set) var casts = 0

    /// Values that were clamped, of all weights.
    public var clamped: Int { lossyTensors.reduce(0) { $0 + $1.clamped } }
    /// Values that became zero, of all weights.
    public var flushed: Int { lossyTensors.reduce(0) { $0 + $1.flushed } }
    /// Nodes that work in float16.
    public var convertedNodes: Int { nodes.count { $0.outcome == .float16 } }
  }
}

extension Model {
  /// The model with float16 in the place of float32. A model in which nothing is left to convert is given unchanged.
  ///
  /// Initializers that are inputs too lose their place among the inputs.
  /// - Throws: `ONNXError` if the model is invalid, older than operator set 6, a name to exclude does not exist, or a
  ///   subgraph gives a tensor whose element type can't be found out.
  public func convertedToFloat16(
    _ options: Float16Conversion.Options = .init()
  ) throws(ONNXError) -> (model: Model, report: Float16Conversion.Report) {
    try check()
    try requireConvertible(options)
    var prepared = self
    prepared.dropOverridableInitializers()
    var writer = Float16GraphWriter(prepared, options)
    let graph = try writer.convert(prepared.proto.graph)
    guard writer.hasChanged else { return (self, writer.report) }
    prepared.proto.graph = graph
    // Constants have become initializers, which had to be inputs too before version 4.
    prepared.proto.irVersion = max(prepared.proto.irVersion, 4)
    try prepared.check()
    return (prepared, writer.report)
  }

  private func requireConvertible(_ options: Float16Conversion.Options) throws(ONNXError) {
    guard opset >= 6 else {
      throw ONNXError(
        .unsupported, "the model can't be converted to float16", at: "the model's header",
        because: "it imports operator set \(opset), and the element types of operators can be told from 6 on",
        remedy: "export the model for operator set 13 or later, or convert it with onnx.version_converter")
    }
    let known = proto.graph.nodeNames
    guard let stranger = options.excludedNodes.sorted().first(where: { !known.contains($0) }) else { return }
    throw ONNXError(
      .invalidArgument, "a node can't be excluded from the conversion to float16", at: "node '\(stranger)'",
      because: "the model has no node of this name", remedy: "use one of the names that its nodes have")
  }
}

extension Onnx_GraphProto {
  /// The names of the nodes of this graph and of the graphs inside it.
  fileprivate var nodeNames: Set<String> {
    var names = Set(node.map(\.name))
    for node in node {
      for subgraph in node.subgraphs { names.formUnion(subgraph.nodeNames) }
    }
    return names
  }
}
