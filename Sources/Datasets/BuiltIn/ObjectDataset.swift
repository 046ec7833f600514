// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
internal import Tensors

/// A data set that also knows where the objects on its images are.
public protocol ObjectDataset: Dataset {
  /// The images with everything that is on them.
  func annotated() -> AnnotatedDataset
}

extension ShapesDataset: ObjectDataset {}
extension DefectsDataset: ObjectDataset {}

extension AnnotatedDataset {
  /// Images of which only the class is known.
  /// - Parameter items: 8-bit images, `[items, height, width, channels]`.
  /// - Throws: `GalleyError` if they are no such images.
  public init(_ items: LabeledItems) throws(GalleyError) {
    let shape = items.inputs.shape
    guard items.inputs.elementType == .uint8, shape.count == 4 else {
      throw GalleyError(
        .badData, "can't make images of the items",
        why: "they are \(items.inputs.elementType) of shape \(shape), not 8-bit images of height, width and channels")
    }
    self.init(classes: items.labels.map { DatasetClass($0) })
    let size = PixelSize(width: shape[2], height: shape[1])
    for (number, id) in items.ids.enumerated() {
      let offset = number * shape[1] * shape[2] * shape[3]
      guard let block = PixelBlock(storage: items.inputs.bytes, offset: offset, size: size, channels: shape[3]) else {
        throw GalleyError(.badData, "can't make images of the items", why: "images of shape \(shape) hold nothing")
      }
      self.items.append(
        DatasetItem(
          id: id, source: .pixels(block), size: size, annotations: [Annotation(label: items.classes[number])]))
    }
  }
}
