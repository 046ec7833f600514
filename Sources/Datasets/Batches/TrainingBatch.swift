// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Tensors

/// What a network is shown in one step.
public struct TrainingBatch: Sendable {
  /// The epoch, from 0.
  public let epoch: Int
  /// The step within the epoch, from 0.
  public let step: Int
  /// The items' ids, in the order of the rows; empty if none of the step's items could be loaded.
  public let ids: [String]
  /// `[items, channels, height, width]` or `[items, height, width, channels]`, as the preprocessing says; float32, or
  /// uint8 before scaling.
  public let inputs: Tensor
  /// Each item's class; empty if items may have several.
  public let classes: [Int]
  /// Float32 `[items, classes]`: 1 for each class of an item, or shares if items were mixed; `nil` if ``classes`` says
  /// it all.
  public let targets: Tensor?
  /// The first image's share and, for each row, the position of the second, if items were mixed.
  public let mixing: Mixing?
  /// The items of this step that are missing from the rows, and why.
  public let failures: [ItemFailure]

  /// How items were mixed.
  public struct Mixing: Sendable, Hashable {
    /// Of each row's own item, 0 to 1.
    public let share: Double
    /// The position of the item that has the rest.
    public let partners: [Int]
  }

  /// Number of rows.
  public var count: Int { ids.count }
}
