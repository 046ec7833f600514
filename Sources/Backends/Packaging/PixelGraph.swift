// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import ONNX
internal import Tensors

/// What comes before a network if the exported model takes pixels as they are: uint8 in the order height, width,
/// channels, scaled and normalised in the graph.
struct PixelGraph {
  /// The name of the model's input.
  static let inputName = "pixels"

  /// The graph alone: its output is the network's input.
  let model: Model
  /// The card of a network behind it.
  let card: ModelCard

  /// - Parameters:
  ///   - card: The network's card.
  ///   - isDynamic: Whether the number of items in one inference stays open.
  /// - Throws: `GalleyError` if the network's input is no image; `ONNXError` if the graph can't be built.
  init(before card: ModelCard, opset: Int, isDynamic: Bool) throws {
    let preprocessing = card.preprocessing
    let shape = card.input.shape.dropFirst().compactMap { $0 }
    guard shape.count == 3, card.input.shape.count == 4, card.input.elementType == .float32 else {
      throw GalleyError(
        .configuration, "can't put the preprocessing into the graph", at: "preprocessing",
        why: "the model's input '\(card.input.name)' is no image of a fixed size", remedy: "Leave it to the card.")
    }
    let isPlanar = preprocessing.layout == .nchw
    let (channels, height, width) = isPlanar ? (shape[0], shape[1], shape[2]) : (shape[2], shape[0], shape[1])
    let first: Dimension = isDynamic ? "batch" : 1
    let (factors, offsets) = try Self.constants(preprocessing, channels)
    let constantShape = isPlanar ? [1, channels, 1, 1] : [channels]
    var steps: [(operatorType: String, constant: Tensor?, attributes: [String: AttributeValue])] = [
      ("Cast", nil, ["to": .int(1)])
    ]
    if isPlanar { steps.append(("Transpose", nil, ["perm": .ints([0, 3, 1, 2])])) }
    if factors.contains(where: { $0 != 1 }) { steps.append(("Mul", try Tensor(factors, shape: constantShape), [:])) }
    if offsets.contains(where: { $0 != 0 }) { steps.append(("Add", try Tensor(offsets, shape: constantShape), [:])) }
    var graph = GraphBuilder()
    graph.addInput(
      name: Self.inputName, elementType: .uint8, dimensions: [first, .fixed(height), .fixed(width), .fixed(channels)])
    var last = Self.inputName
    for (index, step) in steps.enumerated() {
      let name = "galley.pixels.\(step.operatorType.lowercased())"
      let output = index == steps.count - 1 ? card.input.name : "\(name).output"
      if let constant = step.constant { graph.addInitializer("\(name).constant", constant) }
      graph.addNode(
        step.operatorType, inputs: [last] + (step.constant == nil ? [] : ["\(name).constant"]), outputs: [output],
        attributes: step.attributes, name: name)
      last = output
    }
    graph.addOutput(name: card.input.name, elementType: .float32, dimensions: [first] + shape.map(Dimension.fixed))
    model = try graph.build(graphName: "galley.pixels", opset: opset)
    var own = card
    own.input = TensorSpec(
      name: Self.inputName, elementType: .uint8, shape: [isDynamic ? nil : 1, height, width, channels])
    own.preprocessing = Preprocessing(layout: .nhwc, scale: 1, fit: preprocessing.fit, colors: preprocessing.colors)
    self.card = own
  }

  /// `(x * scale - mean) / deviation` as `x * factor + offset`, for each channel, rounded once.
  private static func constants(
    _ preprocessing: Preprocessing, _ channels: Int
  ) throws(GalleyError) -> (factors: [Float], offsets: [Float]) {
    func spread(_ values: [Float]) throws(GalleyError) -> [Double] {
      if values.count == channels { return values.map(Double.init) }
      guard let value = values.first, values.count == 1 else {
        throw GalleyError(
          .badData, "can't put the preprocessing into the graph",
          why: "\(values.count) means or deviations don't fit \(channels) channels")
      }
      return [Double](repeating: Double(value), count: channels)
    }
    let deviations = try spread(preprocessing.deviation)
    let offsets = zip(try spread(preprocessing.mean), deviations).map { Float(-$0 / $1) }
    return (deviations.map { Float(Double(preprocessing.scale) / $0) }, offsets)
  }
}
