// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

/// Decides for each node of a graph whether it works on integers, and which tensors share a range.
struct QuantizationPlanner {
  let graph: Onnx_GraphProto
  let options: StaticQuantization.Options
  let index: GraphIndex
  let tensors: [String: InferredTensor]
  private(set) var decisions: [Int: Decision] = [:]
  /// Tensors that quantized nodes give.
  private(set) var quantizedTensors: Set<String> = []
  /// For a tensor that a fused clamp reads: the clamp's result, whose name it takes.
  private(set) var aliases: [String: String] = [:]
  /// For a tensor with a range of its own: the tensor whose range it is, if a clamp follows.
  private(set) var representatives: [String: String] = [:]
  /// For a tensor with a range of its own: the bounds of the clamps that it stands for.
  private(set) var bounds: [String: ClosedRange<Float>] = [:]

  init(_ model: Model, _ options: StaticQuantization.Options) throws(ONNXError) {
    graph = model.proto.graph
    self.options = options
    index = GraphIndex(graph)
    tensors = try model.inferredTensors()
  }

  /// The reason of the first node that stays float.
  var firstReason: String? {
    for position in graph.node.indices {
      if case .float(let reason)? = decisions[position] { return "\(graph.node[position].place(position)): \(reason)" }
    }
    return nil
  }

  mutating func decide() {
    for position in graph.node.indices {
      let decision = decision(for: position)
      decisions[position] = decision
      if decision.isQuantized || decision == .fused { quantizedTensors.formUnion(graph.node[position].output) }
    }
    giveFloatTails()
    takeFloatHeads()
    for position in graph.node.indices where decisions[position] == .fused { fuse(position) }
  }

  private func decision(for position: Int) -> Decision {
    let node = graph.node[position]
    guard canonicalDomain(node.domain).isEmpty, Role.all[node.opType] != nil || Role.clamps.contains(node.opType) else {
      return .float("the operator \(node.opType) has no quantized form here")
    }
    guard options.operators.contains(node.opType) else { return .float("the operator is not chosen") }
    guard node.name.isEmpty || !options.excludedNodes.contains(node.name) else { return .float("the node is excluded") }
    if let excluded = (node.input + node.output).first(where: options.excludedTensors.contains) {
      return .float("its tensor '\(excluded)' is excluded")
    }
    guard node.output.first?.isEmpty == false, node.output.dropFirst().allSatisfy({ !index.isUsed($0) }) else {
      return .float("more than its first result is used")
    }
    switch Role.all[node.opType] {
    case .linear: return linearReason(node).map(Decision.float) ?? .linear
    case .elementwise: return elementwiseReason(node).map(Decision.float) ?? .elementwise
    case .pooling: return poolingReason(node).map(Decision.float) ?? .pooling
    case .passThrough: return passThroughReason(node).map(Decision.float) ?? .passThrough
    case nil: return clampReason(node).map(Decision.float) ?? .fused
    }
  }

  /// Lets results of `Gemm` and `MatMul` that nobody needs as integers stay float, with what only moves them.
  private mutating func giveFloatTails() {
    guard !options.quantizesOutputs else { return }
    for position in graph.node.indices.reversed() {
      guard decisions[position] == .passThrough || decisions[position] == .fused else { continue }
      let node = graph.node[position]
      guard !isReadAsIntegers(node.output[0]), let root = computingNode(behind: node.input[0]),
        givesFloatIfUnread(graph.node[root])
      else { continue }
      decisions[position] = .float("its result is needed as float")
      quantizedTensors.remove(node.output[0])
    }
  }

  /// Lets nodes that only move a float tensor do so with its integers, if integers are needed behind them.
  private mutating func takeFloatHeads() {
    for position in graph.node.indices.reversed() {
      let node = graph.node[position]
      guard case .float(Self.inputIsFloat)? = decisions[position], Role.all[node.opType] == .passThrough,
        isFloat32(node.input[0]), index.constants[node.input[0]] == nil, isReadOnlyAsIntegers(node.output[0])
      else { continue }
      decisions[position] = .passThrough
      quantizedTensors.insert(node.output[0])
    }
  }

  /// A fused clamp gives its name to the tensor before it, and its bounds to the range that this has.
  private mutating func fuse(_ position: Int) {
    let node = graph.node[position]
    let root = root(of: node.input[0])
    aliases[node.input[0]] = node.output[0]
    representatives[root] = node.output[0]
    guard let new = clampBounds(node) else { return }
    let old = bounds[root] ?? -Float.infinity...Float.infinity
    bounds[root] = max(old.lowerBound, new.lowerBound)...min(old.upperBound, new.upperBound)
  }
}

extension QuantizationPlanner {
  static let inputIsFloat = "its input is float"

  /// The tensor whose range holds for this one: the first before all nodes that only move or clamp it.
  func root(of tensor: String) -> String {
    var tensor = tensor
    while let producer = index.producers[tensor], let decision = decisions[producer],
      decision == .passThrough || decision == .fused
    {
      tensor = graph.node[producer].input[0]
    }
    return tensor
  }

  /// The node whose result a tensor is, apart from moving and clamping.
  func computingNode(behind tensor: String) -> Int? {
    index.producers[root(of: tensor)]
  }

  /// The name that a tensor has in the quantized graph, where fused clamps are gone.
  func finalName(_ tensor: String) -> String {
    var tensor = tensor
    while let alias = aliases[tensor] { tensor = alias }
    return tensor
  }

  /// Whether the node's result is given as float: an integer product may be scaled to float at once.
  func givesFloat(_ position: Int) -> Bool {
    let node = graph.node[position]
    return !options.quantizesOutputs && givesFloatIfUnread(node) && !isReadAsIntegers(node.output[0])
  }

  private func givesFloatIfUnread(_ node: Onnx_NodeProto) -> Bool { node.is("Gemm") || node.is("MatMul") }

  private func isReadAsIntegers(_ tensor: String) -> Bool {
    (index.consumers[tensor] ?? []).contains { decisions[$0]?.isQuantized == true || decisions[$0] == .fused }
  }

  private func isReadOnlyAsIntegers(_ tensor: String) -> Bool {
    guard !index.outputs.contains(tensor), !index.captured.contains(tensor) else { return false }
    guard let consumers = index.consumers[tensor], !consumers.isEmpty else { return false }
    return consumers.allSatisfy { decisions[$0]?.isQuantized == true }
  }

  /// The tensors that need a range, in the order of the graph: those with a range of their own that become integers.
  var observedRoots: [String] {
    var found: Set<String> = []
    var roots: [String] = []
    for (position, node) in graph.node.enumerated() where decisions[position]?.isQuantized == true {
      let results = decisions[position]?.isComputing == true && !givesFloat(position) ? node.output.prefix(1) : []
      for tensor in activations(of: node) + results where found.insert(root(of: tensor)).inserted {
        roots.append(root(of: tensor))
      }
    }
    return roots
  }

  /// The inputs of a quantized node that are activations.
  func activations(of node: Onnx_NodeProto) -> [String] {
    let candidates = Role.all[node.opType] == .elementwise ? node.input : Array(node.input.prefix(1))
    return candidates.filter { index.constants[$0] == nil }
  }
}
