// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Images

/// Random changes of training images: those of the whole image, and those of the image in the model's size, which are
/// cheaper by the ratio of the sizes.
public struct TrainingAugmentation: Sendable {
  /// Changes of the image as it was decoded.
  public var whole: AugmentationPipeline
  /// Changes of the image in the size that the preprocessing gives.
  public var fitted: AugmentationPipeline

  /// Joins changes.
  public init(whole: [any Augmentation] = [], fitted: [any Augmentation] = []) {
    self.whole = AugmentationPipeline(whole)
    self.fitted = AugmentationPipeline(fitted)
  }

  /// Divides a list: what stands up to and including the last crop sees the whole image, what follows the fitted one.
  public init(_ steps: [any Augmentation]) {
    let last = steps.lastIndex { $0 is RandomCrop || $0 is RandomResizedCrop } ?? -1
    self.init(whole: Array(steps[...last]), fitted: Array(steps[(last + 1)...]))
  }

  /// Whether nothing is changed.
  public var isEmpty: Bool { whole.steps.isEmpty && fitted.steps.isEmpty }
}
