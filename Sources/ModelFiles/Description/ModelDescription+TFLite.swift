// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

extension ModelDescription {
  /// Describes a TensorFlow Lite model.
  public init(of model: TFLiteFile, files: [File]) {
    self.init(format: .tflite, formatVersion: "schema \(model.version)", files: files)
    producer = model.description.isEmpty ? nil : model.description
    operators = Self.counted(model.operatorNames)
    parameters = Self.counted(Self.constants(model))
    setWork(model.multiplyAccumulates())
    if let graph = model.main {
      inputs = graph.inputs.compactMap { specification(graph.tensors[$0], $0) }
      outputs = graph.outputs.compactMap { specification(graph.tensors[$0], $0) }
      for node in graph.operators {
        for output in node.outputs where graph.outputs.contains(output) {
          outputOperators[graph.tensors[output].name] = node.name
        }
      }
      quantization = Self.quantization(graph, model)
    }
    addFacts(model)
  }

  private mutating func addFacts(_ model: TFLiteFile) {
    if model.subgraphs.count > 1 { notes.append("It has \(model.subgraphs.count) graphs; inputs are the first one's.") }
    for signature in model.signatures {
      notes.append(
        "Signature '\(signature.key)': \(signature.inputs.keys.sorted().joined(separator: ", ")) → "
          + "\(signature.outputs.keys.sorted().joined(separator: ", ")).")
    }
    for (name, content) in model.metadata {
      metadata[name] = Self.text(content) ?? "\(content.count) bytes"
    }
    for (name, content) in model.attachments {
      metadata["attached/\(name)"] = Self.text(content) ?? "\(content.count) bytes"
    }
    if let problem = model.attachmentProblem { notes.append("The attached files can't be read: \(problem).") }
    switch TFLiteMetadata.read(model) {
    case .success(let embedded?): licence = embedded.licence
    case .failure(let error): notes.append("Its TFLITE_METADATA can't be read: \(error.reason).")
    case .success(nil): break
    }
  }

  /// Short text, without the zeros that some writers append.
  private static func text(_ bytes: [UInt8]) -> String? {
    let trimmed = bytes.prefix(while: { $0 != 0 })
    guard bytes.dropFirst(trimmed.count).allSatisfy({ $0 == 0 }), trimmed.count <= 65_536 else { return nil }
    return Lookalike.text(Array(trimmed))
  }

  private mutating func specification(_ tensor: TFLiteFile.Tensor, _ index: Int) -> ValueSpec? {
    let name = tensor.name.isEmpty ? "tensor \(index)" : tensor.name
    if let elementType = tensor.elementType.elementType {
      return ValueSpec(name: name, kind: .tensor(elementType, shape: tensor.openShape))
    }
    if tensor.elementType == .string { return ValueSpec(name: name, kind: .strings(shape: tensor.openShape)) }
    notes.append("'\(name)' is of the type \(tensor.elementType), which no runtime here takes.")
    return nil
  }

  private static func constants(_ model: TFLiteFile) -> [(type: String, count: Int, byteCount: Int)] {
    var seen: Set<Int> = []
    return model.subgraphs.flatMap(\.tensors).compactMap { tensor in
      guard model.isConstant(tensor), seen.insert(tensor.buffer).inserted else { return nil }
      return (
        tensor.elementType.elementType?.rawValue ?? tensor.elementType.description.lowercased(),
        Extents.product(tensor.shape) ?? 0, model.buffers[tensor.buffer].count
      )
    }
  }

  private static func quantization(_ graph: TFLiteFile.Subgraph, _ model: TFLiteFile) -> QuantizationSummary? {
    var weights: Set<String> = []
    var activations: Set<String> = []
    var isPerChannel = false
    for tensor in graph.tensors {
      guard let quantization = tensor.quantization, let type = tensor.elementType.elementType?.rawValue else {
        continue
      }
      guard model.isConstant(tensor) else {
        activations.insert(type)
        continue
      }
      // Biases are sums of products, not weights.
      if type == "int32" || type == "int64" { continue }
      weights.insert(type)
      isPerChannel = isPerChannel || quantization.isPerChannel
    }
    guard !weights.isEmpty || !activations.isEmpty else { return nil }
    let scheme = activations.isEmpty ? "weights only (dynamic range)" : "weights and activations"
    return QuantizationSummary(
      weightTypes: weights.sorted(), activationTypes: activations.sorted(),
      isPerChannel: weights.isEmpty ? nil : isPerChannel, scheme: scheme)
  }
}
