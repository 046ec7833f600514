// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Tensors

/// Items with their classes in memory, ready for a network.
public struct TrainingItems: Sendable {
  /// One id for each item.
  public let ids: [String]
  /// The inputs, float32: items × one input's shape, for images channels × height × width.
  public let inputs: Tensor
  /// The indices of each item's classes: one, or for multi-label any number.
  public let classSets: [[Int]]

  /// Pairs inputs with one class each.
  /// - Parameter ids: The items' ids; `nil` numbers them.
  /// - Throws: `GalleyError` if there are none, their numbers differ, or the inputs aren't float32.
  public init(ids: [String]? = nil, inputs: Tensor, classes: [Int]) throws(GalleyError) {
    try self.init(ids: ids, inputs: inputs, classSets: classes.map { [$0] })
  }

  /// Pairs inputs with any number of classes each.
  /// - Throws: `GalleyError` if there are none, their numbers differ, or the inputs aren't float32.
  public init(ids: [String]? = nil, inputs: Tensor, classSets: [[Int]]) throws(GalleyError) {
    guard inputs.elementType == .float32, inputs.shape.count >= 2, let count = inputs.shape.first, count > 0,
      classSets.count == count, ids?.count ?? count == count
    else {
      throw GalleyError(
        .badData, "can't use the items",
        why: "\(classSets.count) classes and \(inputs.elementType) inputs of shape \(inputs.shape) were given",
        remedy: "Give float32 inputs, at least one, and one class for each.")
    }
    self.ids = ids ?? (0..<count).map(String.init)
    self.inputs = inputs
    self.classSets = classSets
  }

  /// Number of items.
  public var count: Int { ids.count }

  /// The shape of one item.
  public var itemShape: [Int] { Array(inputs.shape.dropFirst()) }
}
