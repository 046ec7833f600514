// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Measuring
internal import TargetProtocol
internal import Tensors

/// The items of one subset, ready to become a model's input without allocation.
struct OpenedData {
  let items: LabeledItems
  let preprocessing: Preprocessing
  let transform: PixelTransform
  /// The shape of one input.
  let inputShape: [Int]

  init(_ parameters: OpenDataParameters) throws(GalleyError) {
    let (path, subset) = (parameters.path, parameters.subset)
    let data = try PreparedData(contentsOf: path)
    items = try data.items(subset)
    preprocessing = parameters.preprocessing ?? data.preprocessing
    let shape = items.inputs.shape
    guard shape.count == 4 else {
      throw GalleyError(
        .badData, "can't use the items", at: path, why: "their shape is \(shape), not [items, height, width, channels]")
    }
    guard items.count > 0 else {
      throw GalleyError(.badData, "can't use the items", at: path, why: "there are none in '\(subset.rawValue)'")
    }
    transform = try PixelTransform(
      preprocessing, height: shape[1], width: shape[2], channels: shape[3], elementType: items.inputs.elementType)
    inputShape = preprocessing.inputShape(height: shape[1], width: shape[2], channels: shape[3])
  }

  /// The positions of the items called `ids`, or of all.
  func positions(of ids: [String]?) throws(GalleyError) -> [Int] {
    guard let ids else { return Array(0..<items.count) }
    let all = Dictionary(uniqueKeysWithValues: items.ids.enumerated().map { ($1, $0) })
    var positions: [Int] = []
    for id in ids {
      guard let position = all[id] else {
        throw GalleyError(.badData, "can't choose items", why: "there is no item '\(id)' in this subset")
      }
      positions.append(position)
    }
    return positions
  }
}

/// A compiled model with a session for batches of the opened items.
struct LoadedModel {
  let file: ModelFile
  let runtime: any Runtime
  let compiled: any CompiledModel
  /// The model's inputs and outputs, all tensors.
  let (inputs, outputs): ([TensorSpec], [TensorSpec])
  let session: any InferenceSession
  let batch: Int
  /// Values of one item's input.
  let inputCount: Int

  /// Compiles the model and binds its buffers.
  init(_ file: ModelFile, runtime: any Runtime, batch: Int, items: OpenedData) throws {
    let compiled = try runtime.compile(file)
    inputs = try Self.tensors(compiled.inputs, "input", file)
    outputs = try Self.tensors(compiled.outputs, "output", file)
    let shape = try Self.inputShape(of: inputs, file, batch: batch, item: items.inputShape)
    self.file = file
    self.runtime = runtime
    self.compiled = compiled
    self.batch = batch
    inputCount = items.transform.outputCount
    session = try compiled.makeSession(inputShapes: [shape])
  }

  /// The specifications as tensors: items are numbers, and so are the answers to them.
  private static func tensors(
    _ specs: [ValueSpec], _ side: String, _ file: ModelFile
  ) throws(GalleyError) -> [TensorSpec] {
    var tensors: [TensorSpec] = []
    for spec in specs {
      guard let tensor = spec.tensor else {
        throw GalleyError(
          .badData, "can't use the model", at: file.path,
          why: "its \(side) '\(spec.name)' is \(kind(of: spec)), not a tensor of numbers of known rank")
      }
      tensors.append(tensor)
    }
    return tensors
  }

  private static func kind(of spec: ValueSpec) -> String {
    switch spec.kind {
    case .tensor: "a tensor of open rank"
    case .strings: "a tensor of texts"
    case .sequence: "a sequence"
    case .map: "a map"
    case .optional: "an optional"
    }
  }

  private static func inputShape(
    of inputs: [TensorSpec], _ file: ModelFile, batch: Int, item: [Int]
  ) throws(GalleyError) -> [Int] {
    func refusal(_ why: String) -> GalleyError { GalleyError(.badData, "can't use the model", at: file.path, why: why) }
    guard batch >= 1 else { throw refusal("a batch of \(batch) items is empty") }
    guard let input = inputs.first, inputs.count == 1 else {
      throw refusal("it has \(inputs.count) inputs; a model of items has one")
    }
    guard input.elementType == .float32 else {
      throw refusal("its input '\(input.name)' is \(input.elementType); preprocessing gives float32")
    }
    let shape = [batch] + item
    // A model may take the item's values under another shape, such as a flat one, if none of its own dimensions is open.
    if input.shape.count != shape.count, let first = input.shape.first {
      let rest = input.shape.dropFirst().compactMap { $0 }
      if rest.count == input.shape.count - 1, rest.reduce(1, *) == item.reduce(1, *), (first ?? batch) == batch {
        return [batch] + rest
      }
    }
    return shape
  }
}
