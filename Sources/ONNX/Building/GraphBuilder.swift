// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

/// Builds a model node by node, in the order in which they run.
///
/// Nothing is checked while building; ``build(graphName:opset:producer:)`` checks the whole and names what is wrong.
///
/// ```swift
/// var graph = GraphBuilder()
/// graph.addInput(name: "x", elementType: .float32, dimensions: ["batch", 4])
/// graph.addInitializer("w", try Tensor([Float](repeating: 1, count: 12), shape: [4, 3]))
/// graph.addNode("MatMul", inputs: ["x", "w"], outputs: ["y"])
/// graph.addOutput(name: "y", elementType: .float32, dimensions: ["batch", 3])
/// let model = try graph.build(graphName: "linear")
/// ```
public struct GraphBuilder: Sendable {
  private var graph = Onnx_GraphProto()

  /// Creates an empty graph.
  public init() {}

  /// Declares an input of the graph.
  public mutating func addInput(name: String, elementType: ElementType, dimensions: [Dimension]) {
    graph.input.append(Onnx_ValueInfoProto(name: name, elementType: elementType, dimensions: dimensions))
  }

  /// Adds a constant tensor, such as a weight.
  public mutating func addInitializer(_ name: String, _ tensor: Tensor) {
    graph.initializer.append(Onnx_TensorProto(tensor, name: name))
  }

  /// Adds an operation.
  /// - Parameters:
  ///   - operatorType: An operator of ONNX's own domain, for example `Conv`.
  ///   - inputs: Names of tensors that exist by then; an empty name leaves an optional input out.
  ///   - outputs: Names of the tensors that the node gives.
  ///   - attributes: The operator's attributes.
  ///   - name: The node's name, for people and messages; unique, or empty.
  public mutating func addNode(
    _ operatorType: String, inputs: [String], outputs: [String], attributes: [String: AttributeValue] = [:],
    name: String = ""
  ) {
    var node = Onnx_NodeProto()
    node.opType = operatorType
    node.input = inputs
    node.output = outputs
    node.name = name
    node.attribute = attributes.sorted { $0.key < $1.key }.map { Onnx_AttributeProto($0.key, $0.value) }
    graph.node.append(node)
  }

  /// Declares an output of the graph.
  public mutating func addOutput(name: String, elementType: ElementType, dimensions: [Dimension]) {
    graph.output.append(Onnx_ValueInfoProto(name: name, elementType: elementType, dimensions: dimensions))
  }

  /// The model.
  /// - Parameters:
  ///   - graphName: The graph's name; not empty.
  ///   - opset: Version of ONNX's operator set, 7 or later.
  ///   - producer: The program that makes the model.
  /// - Throws: `ONNXError` that names the node or tensor which breaks a rule of ONNX.
  public func build(graphName: String, opset: Int = 17, producer: String = "galley") throws(ONNXError) -> Model {
    var proto = Onnx_ModelProto()
    proto.irVersion = Int64(OperatorSetVersion.irVersion(forOpset: opset))
    proto.producerName = producer
    var imported = Onnx_OperatorSetIdProto()
    imported.domain = ""
    imported.version = Int64(opset)
    proto.opsetImport = [imported]
    proto.graph = graph
    proto.graph.name = graphName
    let model = Model(proto: proto)
    try model.check()
    return model
  }
}
