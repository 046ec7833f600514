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
  let shape: ItemShape

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
    self.shape = ItemShape(
      extents: preprocessing.inputShape(height: shape[1], width: shape[2], channels: shape[3]))
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
