// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// The shape that preprocessing gives one item.
struct ItemShape {
  let extents: [Int]

  /// The shape of a model's input for batches of `batch` items.
  func input(of model: any CompiledModel, _ file: ModelFile, batch: Int) throws(GalleyError) -> [Int] {
    func refusal(_ why: String) -> GalleyError { GalleyError(.badData, "can't use the model", at: file.path, why: why) }
    guard let input = model.inputs.first, model.inputs.count == 1 else {
      throw refusal("it has \(model.inputs.count) inputs; a model of items has one")
    }
    guard let spec = input.tensor, spec.elementType == .float32 else {
      throw refusal("its input '\(input.name)' is \(input.kind.summary); preprocessing gives float32")
    }
    // A model may take the item's values under another shape, such as a flat one, if none of its own dimensions is open.
    if spec.shape.count != extents.count + 1, let first = spec.shape.first {
      let rest = spec.shape.dropFirst().compactMap { $0 }
      if rest.count == spec.shape.count - 1, rest.reduce(1, *) == extents.reduce(1, *), (first ?? batch) == batch {
        return [batch] + rest
      }
    }
    return [batch] + extents
  }
}
