// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

/// An ONNX model: one graph with its weights, operator sets and metadata.
///
/// A model is a value; passes and quantization give new ones. Whatever the file held and this library has no word for
/// is kept when the model is written again.
public struct Model: Sendable, Hashable {
  package var proto: Onnx_ModelProto

  init(proto: Onnx_ModelProto) {
    self.proto = proto
  }

  /// The graph's name.
  public var graphName: String { proto.graph.name }

  /// Version of the file format.
  public var irVersion: Int { Int(clamping: proto.irVersion) }

  /// The program that made the model, and its version.
  public var producer: String {
    get { [proto.producerName, proto.producerVersion].filter { !$0.isEmpty }.joined(separator: " ") }
    set {
      proto.producerName = newValue
      proto.clearProducerVersion()
    }
  }

  /// Version of each imported operator set by its domain; ONNX's own domain is the empty text.
  public var operatorSets: [String: Int] {
    Dictionary(
      proto.opsetImport.map { (canonicalDomain($0.domain), Int(clamping: $0.version)) }, uniquingKeysWith: max)
  }

  /// Version of ONNX's own operator set, 0 if none is imported.
  public var opset: Int { operatorSets[""] ?? 0 }

  /// The graph's inputs without those that an initializer gives a default value.
  /// - Throws: `ONNXError` if one of them is not a tensor of known rank and supported element type.
  public var inputs: [TensorSpec] {
    get throws(ONNXError) {
      let given = Set(proto.graph.initializer.map(\.name))
      var specifications: [TensorSpec] = []
      for input in proto.graph.input where !given.contains(input.name) {
        specifications.append(try input.specification())
      }
      return specifications
    }
  }

  /// The graph's outputs.
  /// - Throws: `ONNXError` if one of them is not a tensor of known rank and supported element type.
  public var outputs: [TensorSpec] {
    get throws(ONNXError) {
      var specifications: [TensorSpec] = []
      for output in proto.graph.output { specifications.append(try output.specification()) }
      return specifications
    }
  }

  /// The graph's nodes in the file's order, which is topological in a valid model.
  public var nodes: [Node] { proto.graph.node.map(Node.init) }

  /// Names of the initializers in the file's order.
  public var initializerNames: [String] { proto.graph.initializer.map(\.name) }

  /// The initializers by name.
  /// - Throws: `ONNXError` if one has an unsupported element type, lies outside the file, or is malformed.
  public func initializers() throws(ONNXError) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for initializer in proto.graph.initializer {
      tensors[initializer.name] = try initializer.tensor(named: initializer.name)
    }
    return tensors
  }

  /// The initializer called `name`, or `nil` if there is none.
  /// - Throws: `ONNXError` if it has an unsupported element type, lies outside the file, or is malformed.
  public func initializer(named name: String) throws(ONNXError) -> Tensor? {
    guard let initializer = proto.graph.initializer.first(where: { $0.name == name }) else { return nil }
    return try initializer.tensor(named: name)
  }

  /// Free text about the model, by key (`metadata_props`). Setting writes the keys in sorted order.
  public var metadata: [String: String] {
    get { Dictionary(proto.metadataProps.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first }) }
    set {
      proto.metadataProps = newValue.sorted { $0.key < $1.key }.map { key, value in
        var entry = Onnx_StringStringEntryProto()
        entry.key = key
        entry.value = value
        return entry
      }
    }
  }
}

/// ONNX's own operators have two spellings of their domain.
func canonicalDomain(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }
