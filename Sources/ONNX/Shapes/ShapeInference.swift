// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

/// One pass over a graph in topological order that collects what is known about each tensor.
struct ShapeInference {
  let graph: Onnx_GraphProto
  let opset: Int
  private(set) var tensors: [String: InferredTensor] = [:]
  /// Elements of small integer tensors, which say how to reshape, squeeze or pad. An element that is the extent of a
  /// symbolic dimension is that symbol; `nil` is one that is not known.
  private var integers: [String: [Dimension?]] = [:]
  /// Elements of small constant floating-point tensors, which say how to resize.
  private var numbers: [String: [Float]] = [:]
  private var declared: [String: InferredTensor] = [:]

  /// More elements than this never describe a shape.
  static let mostIntegers = 1024

  init(graph: Onnx_GraphProto, opset: Int) {
    self.graph = graph
    self.opset = opset
  }

  mutating func run() throws(ONNXError) {
    for value in graph.valueInfo + graph.output { declared[value.name] = InferredTensor(value.type) }
    for value in graph.input { tensors[value.name] = InferredTensor(value.type) }
    for initializer in graph.initializer { remember(initializer, as: initializer.name) }
    for (index, proto) in graph.node.enumerated() {
      let node = Node(proto)
      var step = InferenceStep(
        node: node, place: proto.place(index), opset: opset,
        inputs: node.inputs.map { tensors[$0] ?? InferredTensor() },
        integers: node.inputs.map { integers[$0] }, numbers: node.inputs.map { numbers[$0] })
      if node.domain.isEmpty {
        try InferenceRules.apply(to: &step)
        step.completeElementTypes(proto)
      }
      keep(step)
    }
  }

  private mutating func remember(_ tensor: Onnx_TensorProto, as name: String) {
    // A model that was not checked may hold negative extents; they are no knowledge.
    let shape = tensor.dims.map { extent in extent < 0 ? nil : Int(exactly: extent).map { Dimension.fixed($0) } }
    tensors[name] = InferredTensor(elementType: ElementType(onnx: tensor.dataType), dimensions: shape)
    guard [1, 6, 7].contains(tensor.dataType), isSmall(tensor), let tensor = try? tensor.tensor(named: name) else {
      return
    }
    integers[name] = Self.integers(tensor)
    numbers[name] = Self.numbers(tensor)
  }

  private func isSmall(_ tensor: Onnx_TensorProto) -> Bool {
    tensor.rawData.count <= 8 * Self.mostIntegers && tensor.floatData.count <= Self.mostIntegers
      && tensor.int32Data.count <= Self.mostIntegers && tensor.int64Data.count <= Self.mostIntegers
  }

  private mutating func keep(_ step: InferenceStep) {
    for (index, name) in step.node.outputs.enumerated() where !name.isEmpty {
      let found = step.outputs[index] ?? InferredTensor()
      tensors[name] = declared[name].map(found.merged) ?? found
      if index == 0, let values = step.outputIntegers, values.count <= Self.mostIntegers { integers[name] = values }
      if index == 0, let values = step.outputNumbers { numbers[name] = values }
    }
  }

  /// The elements of a small tensor of floating-point numbers.
  static func numbers(_ tensor: Tensor) -> [Float]? {
    tensor.elementType == .float32 && tensor.count <= mostIntegers ? try? tensor.values(as: Float.self) : nil
  }

  /// The elements of a small tensor of integers.
  static func integers(_ tensor: Tensor) -> [Dimension?]? {
    guard tensor.count <= mostIntegers else { return nil }
    switch tensor.elementType {
    case .int64: return (try? tensor.values(as: Int64.self))?.map { .fixed(Int($0)) }
    case .int32: return (try? tensor.values(as: Int32.self))?.map { .fixed(Int($0)) }
    default: return nil
    }
  }
}

/// What a rule sees of one node, and what it found out.
struct InferenceStep {
  let node: Node
  let place: String
  let opset: Int
  let inputs: [InferredTensor]
  let integers: [[Dimension?]?]
  let numbers: [[Float]?]
  var outputs: [Int: InferredTensor] = [:]
  /// The first output's elements, if they are few and something is known of them.
  var outputIntegers: [Dimension?]?
  /// The first output's elements, if they are few constant floating-point numbers.
  var outputNumbers: [Float]?

  init(
    node: Node, place: String, opset: Int, inputs: [InferredTensor], integers: [[Dimension?]?], numbers: [[Float]?]
  ) {
    self.node = node
    self.place = place
    self.opset = opset
    self.inputs = inputs
    self.integers = integers
    self.numbers = numbers
  }

  /// What is known of an input; nothing if it is left out.
  func input(_ index: Int) -> InferredTensor {
    index < inputs.count ? inputs[index] : InferredTensor()
  }

  /// Whether an optional input is given.
  func has(_ index: Int) -> Bool {
    index < node.inputs.count && !node.inputs[index].isEmpty
  }

  /// The elements of a small input, as far as they are known.
  func elements(_ index: Int) -> [Dimension?]? {
    index < integers.count ? integers[index] : nil
  }

  /// The elements of a small input, if all are known.
  func values(_ index: Int) -> [Int]? {
    guard let elements = elements(index) else { return nil }
    let values = elements.compactMap { $0?.extent }
    return values.count == elements.count ? values : nil
  }

  /// The elements of a small constant input of floating-point numbers.
  func numbers(_ index: Int) -> [Float]? {
    index >= 0 && index < numbers.count ? numbers[index].flatMap { $0.isEmpty ? nil : $0 } : nil
  }

  func floats(_ name: String) -> [Float]? {
    if case .floats(let found)? = node.attributes[name] { found } else { nil }
  }

  func int(_ name: String, default value: Int) -> Int {
    if case .int(let found)? = node.attributes[name] { Int(clamping: found) } else { value }
  }

  func ints(_ name: String) -> [Int]? {
    if case .ints(let found)? = node.attributes[name] { found.map { Int(clamping: $0) } } else { nil }
  }

  func string(_ name: String) -> String? {
    if case .string(let found)? = node.attributes[name] { found } else { nil }
  }

  /// An axis counted from the front.
  func axis(_ axis: Int, rank: Int) throws(ONNXError) -> Int {
    let front = axis < 0 ? axis.plus(rank) ?? -1 : axis
    guard front >= 0, front < rank else { throw mismatch("the axis \(axis) lies outside a tensor of rank \(rank)") }
    return front
  }

  mutating func give(_ elementType: ElementType?, _ dimensions: [Dimension?]?, output: Int = 0) {
    // Ranks can double from node to node; beyond any sensible one they count as unknown.
    let isSensible = dimensions?.count ?? 0 <= Self.highestRank
    outputs[output] = InferredTensor(elementType: elementType, dimensions: isSensible ? dimensions : nil)
  }

  private static let highestRank = 256

  /// Where a rule left an element type open, the operator's schema may know it.
  mutating func completeElementTypes(_ proto: Onnx_NodeProto) {
    guard let types = OperatorTypes.find(node.operatorType, opset: opset) else { return }
    let known = inputs.map { $0.elementType?.onnxDataType ?? 0 }
    for index in node.outputs.indices where outputs[index]?.elementType == nil {
      guard let type = proto.elementType(ofOutput: index, types, inputs: known) else { continue }
      outputs[index, default: InferredTensor()].elementType = ElementType(onnx: type)
    }
  }

  func mismatch(_ reason: String) -> ONNXError {
    ONNXError(
      .shapeMismatch, "the shapes of a node's tensors don't fit", at: place, because: reason,
      remedy: "mend the program that made the model and export it again")
  }
}
