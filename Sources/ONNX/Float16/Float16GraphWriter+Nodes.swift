// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Float16GraphWriter {
  /// Converts one node of the innermost graph.
  mutating func convert(_ node: Onnx_NodeProto, _ position: Int) throws(ONNXError) {
    if try takeConstant(node) { return }
    let types = isOwn(node) ? OperatorTypes.find(node.opType, opset: opset) : nil
    if let types { learnTypes(of: node, types) }
    let reason = reasonToStay(node, types)
    if ["If", "Loop", "Scan"].contains(node.opType), canonicalDomain(node.domain).isEmpty {
      return try convert(control: node, position, reason)
    }
    if node.is("Cast") { return try convert(cast: node, reason) }
    var result = node
    for (index, input) in node.input.enumerated() where !input.isEmpty {
      let isHalf = reason == nil && OperatorTypes.allowsFloat16(types?.input(index))
      result.input[index] = try name(of: input, in: isHalf ? .half : .single)
    }
    try keepSubgraphs(of: &result)
    let outputs = node.output.indices.map { outputType(node, $0, types) }
    if reason == nil, outputs.first == 1 { try mendAttributes(of: &result) }
    let precisions = node.output.indices.map { index -> Precision in
      reason == nil && OperatorTypes.allowsFloat16(types?.output(index)) ? .half : .single
    }
    note(node, reason, touchesFloat32: outputs.contains(1) || node.input.contains { elementType($0) == 1 })
    appendWithOutputs(result, outputs, precisions, isExact: reason == Self.fromIntegers)
  }

  private func isOwn(_ node: Onnx_NodeProto) -> Bool {
    canonicalDomain(node.domain).isEmpty && !functions.contains(QualifiedName(domain: "", name: node.opType))
  }

  /// Tensors that share a type variable share their type.
  private mutating func learnTypes(of node: Onnx_NodeProto, _ types: OperatorTypes) {
    guard !types.hasMixedInputs else { return }
    for (index, input) in node.input.enumerated() where !input.isEmpty && elementType(input) == 0 {
      let letter = types.input(index)
      let others = node.input.enumerated().filter { types.input($0.offset) == letter && !$0.element.isEmpty }
      guard let known = others.map({ elementType($0.element) }).first(where: { $0 != 0 }) else { continue }
      set(input, .unchanged(input, OperatorTypes.fixedType(letter) ?? known))
    }
  }

  static let fromIntegers = "it computes with numbers that come from integers, such as extents"

  private func reasonToStay(_ node: Onnx_NodeProto, _ types: OperatorTypes?) -> String? {
    if frames.last?.isKept == true { return "the operator around it stays float32" }
    if options.excludedNodes.contains(node.name), !node.name.isEmpty { return "the node is excluded" }
    guard let types else { return "the element types of the operator \(node.opType) are not known here" }
    if let reason = kept[node.opType] ?? node.reductionReason { return reason }
    if types.hasContainers, !["If", "Loop"].contains(node.opType) {
      return "it works on a sequence or an optional value"
    }
    return computesWithIntegers(node) ? Self.fromIntegers : nil
  }

  /// Whether all float32 inputs that are not constant were computed from integers, and the constants fit float16.
  private func computesWithIntegers(_ node: Onnx_NodeProto) -> Bool {
    let inputs = node.input.compactMap(find).filter(\.isConvertible)
    guard inputs.contains(where: \.isExact) else { return false }
    return inputs.allSatisfy { input in
      guard let constant = input.constant else { return input.isExact && input.half == nil }
      return (try? Float16Weights(constant))?.clamped == 0
    }
  }

  func outputType(_ node: Onnx_NodeProto, _ index: Int, _ types: OperatorTypes?) -> Int32 {
    let declared = frames.last?.declared[node.output[index]] ?? 0
    guard let types else { return declared }
    // What a container holds is no tensor.
    if types.output(index) == "S" { return 0 }
    return node.elementType(ofOutput: index, types, inputs: node.input.map(elementType)) ?? declared
  }

  /// Adds a node whose outputs have these types and come in these precisions. What the graph gives keeps its name.
  mutating func appendWithOutputs(
    _ node: Onnx_NodeProto, _ types: [Int32], _ precisions: [Precision], isExact: Bool = false
  ) {
    var node = node
    var casts: [(source: String, result: String, precision: Precision)] = []
    for (index, output) in node.output.enumerated() where !output.isEmpty {
      guard types[index] == 1, let wanted = frames.last?.outputs else {
        set(output, .unchanged(output, types[index]))
        continue
      }
      var tensor = Float16Tensor(elementType: 1)
      tensor.isExact = isExact
      let precision = precisions[index]
      if precision == .half { hasChanged = true }
      if wanted != precision, frames.last?.outputNames.contains(output) == true {
        let inner = names.name(output + precision.suffix)
        node.output[index] = inner
        casts.append((inner, output, wanted))
        (tensor.half, tensor.single) = precision == .half ? (inner, output) : (output, inner)
      } else if precision == .half {
        tensor.half = output
      } else {
        tensor.single = output
      }
      set(output, tensor)
    }
    append(node)
    for cast in casts { appendCast(from: cast.source, to: cast.result, cast.precision) }
  }

  mutating func note(_ node: Onnx_NodeProto, _ reason: String?, touchesFloat32: Bool) {
    guard touchesFloat32 else { return }
    let name = node.name.isEmpty ? node.output.first ?? "" : node.name
    report.nodes.append(
      .init(name: name, operatorType: node.opType, outcome: reason.map { .float32($0) } ?? .float16))
  }
}

extension Onnx_NodeProto {
  /// Source: what ONNX Runtime 1.31 says when it runs such a node on its CPU.
  fileprivate var reductionReason: String? {
    guard ["ScatterElements", "ScatterND"].contains(opType), case .string(let reduction)? = value("reduction"),
      reduction != "none"
    else { return nil }
    return "ONNX Runtime's CPU has no reduction '\(reduction)' of float16"
  }
}
