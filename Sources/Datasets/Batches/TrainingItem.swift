// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Tensors

/// One image to be trained on, and its classes.
public struct TrainingItem: Sendable, Hashable {
  /// The item's stable id, unique among those that are trained on.
  public var id: String
  /// Where its bytes are.
  public var source: ItemSource
  /// Indices of its classes; exactly one unless an item may have several.
  public var classes: [Int]

  /// Creates an item.
  public init(id: String, source: ItemSource, classes: [Int]) {
    self.id = id
    self.source = source
    self.classes = classes
  }
}

extension TrainingItem {
  /// The items of a data set, each with every class that was stated for it or for anything on it.
  /// - Parameter subset: only those of this subset; `nil`: all.
  public static func items(of dataset: AnnotatedDataset, subset: Subset? = nil) -> [TrainingItem] {
    dataset.items.compactMap { item in
      if let subset, item.subset.flatMap(Subset.init(foreignName:)) != subset { return nil }
      return TrainingItem(id: item.id, source: item.source, classes: item.labels)
    }
  }

  /// Items that lie in memory already, `[items, height, width, channels]` of uint8. They share one buffer.
  /// - Throws: `GalleyError` if the inputs have another form.
  public static func items(of items: LabeledItems) throws(GalleyError) -> [TrainingItem] {
    let shape = items.inputs.shape
    guard shape.count == 4, items.inputs.elementType == .uint8 else {
      throw GalleyError(
        .badData, "can't train on items in memory",
        why: "\(items.inputs.elementType) inputs of shape \(shape) are not uint8 [items, height, width, channels]")
    }
    let (size, channels) = (PixelSize(width: shape[2], height: shape[1]), shape[3])
    let storage = items.inputs.bytes
    var result: [TrainingItem] = []
    for (index, id) in items.ids.enumerated() {
      let offset = index * size.width * size.height * channels
      guard let block = PixelBlock(storage: storage, offset: offset, size: size, channels: channels) else {
        throw GalleyError(.badData, "can't train on items in memory", at: id, why: "it has no pixels")
      }
      result.append(TrainingItem(id: id, source: .pixels(block), classes: [items.classes[index]]))
    }
    return result
  }
}
