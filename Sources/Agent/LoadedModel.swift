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

  /// The shape of a model's input for batches of `batch` items.
  func inputShape(of model: any CompiledModel, _ file: ModelFile, batch: Int) throws(GalleyError) -> [Int] {
    func refusal(_ why: String) -> GalleyError { GalleyError(.badData, "can't use the model", at: file.path, why: why) }
    guard let input = model.inputs.first, model.inputs.count == 1 else {
      throw refusal("it has \(model.inputs.count) inputs; a model of items has one")
    }
    guard let spec = input.tensor, spec.elementType == .float32 else {
      throw refusal("its input '\(input.name)' is \(input.kind.summary); preprocessing gives float32")
    }
    // A model may take the item's values under another shape, such as a flat one, if none of its own dimensions is open.
    if spec.shape.count != inputShape.count + 1, let first = spec.shape.first {
      let rest = spec.shape.dropFirst().compactMap { $0 }
      if rest.count == spec.shape.count - 1, rest.reduce(1, *) == inputShape.reduce(1, *), (first ?? batch) == batch {
        return [batch] + rest
      }
    }
    return [batch] + inputShape
  }
}

/// A compiled model with a session for batches of what was opened.
struct LoadedModel {
  let file: ModelFile
  let runtime: any Runtime
  let compiled: any CompiledModel
  let session: any InferenceSession
  let batch: Int
  let inputShapes: [[Int]]

  /// Compiles the model and binds its buffers.
  init(_ file: ModelFile, runtime: any Runtime, batch: Int, source: OpenedSource) throws {
    let compiled = try runtime.compile(file)
    inputShapes = try source.inputShapes(of: compiled, file, batch: batch)
    session = try compiled.makeSession(inputShapes: inputShapes)
    self.file = file
    self.runtime = runtime
    self.compiled = compiled
    self.batch = batch
  }
}
