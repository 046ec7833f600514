// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Facts about a model that can be told without running it.
public struct ModelSummary: Sendable, Hashable, Codable {
  /// An input or output of the graph.
  public struct Value: Sendable, Hashable, Codable {
    /// The name.
    public var name: String
    /// The element type in NumPy's words, with what holds the tensors: `float32`, `sequence of float32`, `string`.
    public var type: String
    /// The dimensions, each a number, the name of a dynamic one, or `?`; `nil` if their number is not declared.
    public var dimensions: [String]?
    /// Whether an initializer gives a default value.
    public var hasDefault: Bool
  }

  /// How often an operator appears, subgraphs included.
  public struct OperatorCount: Sendable, Hashable, Codable {
    /// The domain; empty for ONNX's own.
    public var domain: String
    /// The operator.
    public var operatorType: String
    /// The number of its nodes.
    public var count: Int
  }

  /// The parameters of one element type. A tensor that several nodes share counts once.
  public struct ParameterCount: Sendable, Hashable, Codable {
    /// The element type.
    public var elementType: String
    /// The number of tensors.
    public var tensors: Int
    /// The number of elements.
    public var elements: Int
    /// What the elements occupy.
    public var bytes: Int
  }

  /// Version of the file format.
  public var irVersion: Int
  /// The program that made the model, and its version.
  public var producer: String
  /// The model's own version number.
  public var modelVersion: Int
  /// The graph's name.
  public var graphName: String
  /// The model's documentation.
  public var documentation: String
  /// Version of each imported operator set by domain; ONNX's own domain is the empty text.
  public var operatorSets: [String: Int]
  /// Free text about the model by key (`metadata_props`).
  public var metadata: [String: String]
  /// The inputs in order.
  public var inputs: [Value]
  /// The outputs in order.
  public var outputs: [Value]
  /// The operators, the most frequent first.
  public var operators: [OperatorCount]
  /// The number of functions that the model defines itself.
  public var functions: Int
  /// Initializers and constants, by element type.
  public var parameters: [ParameterCount]
  /// What the graph computes.
  public var cost: ModelCost
  /// What the graph's intermediate tensors occupy.
  public var activations: ActivationMemory
  /// The tensors that are integers with a scale.
  public var quantization: [QuantizedTensor]
  /// Zeros among the weights.
  public var sparsity: [TensorSparsity]

  /// Elements of all parameters.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.elements } }
  /// Bytes of all parameters.
  public var parameterBytes: Int { parameters.reduce(0) { $0 + $1.bytes } }
}

extension Model {
  /// Facts about the model.
  /// - Parameter inputShapes: extents for dynamic dimensions, by the name of the input. What stays dynamic leaves the
  ///   costs that depend on it uncounted.
  /// - Throws: `ONNXError` if a shape does not fit its input, or shapes inside the graph don't fit together.
  public func summary(inputShapes: [String: [Int]] = [:]) throws(ONNXError) -> ModelSummary {
    let bound = try fixingInputs(inputShapes)
    let tensors = try bound.inferredTensors()
    let defaults = Set(proto.graph.initializer.map(\.name))
    return ModelSummary(
      irVersion: irVersion, producer: producer, modelVersion: Int(clamping: proto.modelVersion), graphName: graphName,
      documentation: proto.docString, operatorSets: operatorSets, metadata: metadata,
      inputs: proto.graph.input.map { .init($0, hasDefault: defaults.contains($0.name)) },
      outputs: proto.graph.output.map { .init($0, hasDefault: false) }, operators: operatorCounts,
      functions: proto.functions.count, parameters: parameterCounts, cost: ModelCost(bound, tensors),
      activations: ActivationMemory(bound.proto.graph, tensors), quantization: quantizedTensors, sparsity: sparsity)
  }

  /// What one inference computes; unlike ``summary(inputShapes:)`` it looks at no weights.
  /// - Parameter inputShapes: shapes of inputs whose dimensions the model leaves open.
  /// - Throws: `ONNXError` if the shapes don't fit the model.
  public func cost(inputShapes: [String: [Int]] = [:]) throws(ONNXError) -> ModelCost {
    let bound = try fixingInputs(inputShapes)
    return ModelCost(bound, try bound.inferredTensors())
  }

  private var operatorCounts: [ModelSummary.OperatorCount] {
    var counts: [QualifiedName: Int] = [:]
    for graph in proto.graph.withSubgraphs {
      for node in graph.node {
        counts[QualifiedName(domain: canonicalDomain(node.domain), name: node.opType), default: 0] += 1
      }
    }
    return counts.map { .init(domain: $0.key.domain, operatorType: $0.key.name, count: $0.value) }
      .sorted { (-$0.count, $0.domain, $0.operatorType) < (-$1.count, $1.domain, $1.operatorType) }
  }

  private var parameterCounts: [ModelSummary.ParameterCount] {
    var counts: [Int32: ModelSummary.ParameterCount] = [:]
    for tensor in proto.graph.withSubgraphs.flatMap(\.constants) {
      let elements = tensor.elementCount
      let type = tensor.dataType
      var count = counts[type] ?? .init(elementType: typeName(type), tensors: 0, elements: 0, bytes: 0)
      count.tensors += 1
      count.elements = count.elements.plus(elements) ?? .max
      count.bytes = count.bytes.plus(tensor.elementBytes) ?? .max
      counts[type] = count
    }
    return counts.sorted { (-$0.value.bytes, $0.key) < (-$1.value.bytes, $1.key) }.map(\.value)
  }
}

extension ModelSummary.Value {
  fileprivate init(_ value: Onnx_ValueInfoProto, hasDefault: Bool) {
    let (type, shape) = value.type.described
    self.init(name: value.name, type: type, dimensions: shape, hasDefault: hasDefault)
  }
}
