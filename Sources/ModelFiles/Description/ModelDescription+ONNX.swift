// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
public import ONNX

internal import Tensors

extension ModelDescription {
  /// Describes an ONNX model with what its file declares. Multiply-accumulates are those of one sample: an open first
  /// dimension counts as 1, and what depends on other open dimensions is named in the notes.
  public init(of model: Model, files: [File]) {
    let sets = model.operatorSets.sorted { $0.key < $1.key }.map {
      $0.key.isEmpty ? "opset \($0.value)" : "\($0.key) \($0.value)"
    }
    self.init(
      format: .onnx, formatVersion: (["IR \(model.irVersion)"] + sets).joined(separator: ", "), files: files)
    producer = model.producer.isEmpty ? nil : model.producer
    metadata = model.metadata
    licence = metadata["license"] ?? metadata["licence"]
    let nodes = model.nodes
    operators = Self.counted(nodes.map { $0.domain.isEmpty ? $0.operatorType : "\($0.domain)::\($0.operatorType)" })
    if nodes.contains(where: { !$0.untypedAttributes.isEmpty }) {
      notes.append("Operators in graphs within operators (If, Loop, Scan) are not counted.")
    }
    addValues(model)
    for node in nodes {
      for output in node.outputs where outputs.contains(where: { $0.name == output }) {
        outputOperators[output] = node.operatorType
      }
    }
    addConstants(model)
    addWork(model)
    quantization = Self.quantization(nodes, model)
  }

  private mutating func addValues(_ model: Model) {
    let graph = model.proto.graph
    let given = Set(graph.initializer.map(\.name))
    for input in graph.input where !given.contains(input.name) {
      if let kind = ValueKind(onnx: input.type) {
        inputs.append(ValueSpec(name: input.name, kind: kind))
        dimensionNames.append(input.type.tensorType.shape.dim.map { $0.dimParam })
      } else {
        notes.append("The input '\(input.name)' is declared with a type that no runtime here takes, or with none.")
      }
    }
    let inferred = (try? model.inferringShapes())?.proto.graph ?? graph
    for output in inferred.output {
      if let kind = ValueKind(onnx: output.type) {
        outputs.append(ValueSpec(name: output.name, kind: kind))
      } else {
        notes.append("The output '\(output.name)' is declared with a type that no runtime here takes, or with none.")
      }
    }
  }

  private mutating func addWork(_ model: Model) {
    var shapes: [String: [Int]] = [:]
    for input in inputs {
      guard let shape = input.tensor?.shape, let first = shape.first, first == nil else { continue }
      let rest = shape.dropFirst().compactMap { $0 }
      if rest.count == shape.count - 1 { shapes[input.name] = [1] + rest }
    }
    guard let cost = try? model.cost(inputShapes: shapes) else {
      notes.append("The multiply-accumulates are not counted: shapes in the model don't fit together.")
      return
    }
    setWork((cost.macs, Set(cost.uncounted.map(\.operatorType))))
  }

  private mutating func addConstants(_ model: Model) {
    let constants = model.proto.graph.initializer.map { tensor -> (type: String, count: Int, byteCount: Int) in
      let type = ElementType(onnx: tensor.dataType)
      let count = Extents.product(tensor.dims.map { Int(exactly: $0) }) ?? 0
      let size = type.flatMap { Extents.product([count, $0.bitCount]) }.map { ($0 + 7) / 8 } ?? tensor.rawData.count
      return (type?.rawValue ?? (tensor.dataType == 8 ? "string" : "type \(tensor.dataType)"), count, size)
    }
    parameters = Self.counted(constants)
  }

  private static func quantization(_ nodes: [Node], _ model: Model) -> QuantizationSummary? {
    let counts = Dictionary(nodes.map { ($0.operatorType, 1) }, uniquingKeysWith: +)
    let integer = ["QLinearConv", "QLinearMatMul", "MatMulInteger", "ConvInteger", "QLinearAdd", "MatMulNBits"]
    let present = (integer + ["QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"]).filter {
      counts[$0] != nil
    }
    guard !present.isEmpty else { return nil }
    let types = Dictionary(
      model.proto.graph.initializer.map { ($0.name, (ElementType(onnx: $0.dataType), $0.dims.count)) },
      uniquingKeysWith: { first, _ in first })
    let small: Set<ElementType> = [.int8, .uint8, .int4, .uint4, .int16, .uint16, .float8e4m3fn, .float8e5m2]
    var weights: Set<String> = []
    var activations: Set<String> = []
    var isPerChannel = false
    for node in nodes where present.contains(node.operatorType) {
      if node.operatorType == "DynamicQuantizeLinear" { activations.insert("uint8") }
      if node.operatorType == "QuantizeLinear" {
        let zero = node.inputs.dropFirst(2).first.flatMap { types[$0]?.0 }
        activations.insert((zero ?? .uint8).rawValue)
      } else {
        for input in node.inputs {
          guard case (let type?, let rank)? = types[input], rank > 1, small.contains(type) else { continue }
          weights.insert(type.rawValue)
        }
      }
      if node.operatorType == "DequantizeLinear", let scale = node.inputs.dropFirst().first, types[scale]?.1 == 1 {
        isPerChannel = true
      }
    }
    return QuantizationSummary(
      weightTypes: weights.sorted(), activationTypes: activations.sorted(), isPerChannel: isPerChannel,
      scheme: present.map { "\(counts[$0] ?? 0) \($0)" }.joined(separator: ", "))
  }
}
