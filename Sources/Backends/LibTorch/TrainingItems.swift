// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Tensors

/// Items with their classes, ready for a network.
public struct TrainingItems: Sendable {
  /// The inputs, float32: items × channels × height × width.
  public let inputs: Tensor
  /// The index of each item's class.
  public let classes: [Int]

  /// Pairs inputs with classes.
  /// - Throws: `GalleyError` if there are none, their numbers differ, or the inputs aren't float32.
  public init(inputs: Tensor, classes: [Int]) throws(GalleyError) {
    guard inputs.elementType == .float32, inputs.shape.count >= 2, let count = inputs.shape.first, count > 0,
      classes.count == count
    else {
      throw GalleyError(
        .badData, "can't use the items",
        why: "\(classes.count) classes and \(inputs.elementType) inputs of shape \(inputs.shape) were given",
        remedy: "Give float32 inputs, at least one, and one class for each.")
    }
    self.inputs = inputs
    self.classes = classes
  }

  /// Number of items.
  public var count: Int { classes.count }

  /// The shape of one item.
  public var itemShape: [Int] { Array(inputs.shape.dropFirst()) }
}
