// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A random change of training images; marks follow.
public protocol Augmentation: Sendable {
  /// Changes a scene.
  /// - Parameter random: the item's own random numbers; the only thing besides the scene that the result depends on.
  /// - Throws: `ImageError` if the scene can't be changed so, such as a crop larger than the image.
  func apply(to scene: Scene, random: inout ItemRandom) throws(ImageError) -> Scene
}

/// Augmentations, one after another.
public struct AugmentationPipeline: Augmentation {
  public var steps: [any Augmentation]

  /// Creates a pipeline.
  public init(_ steps: [any Augmentation]) { self.steps = steps }

  public func apply(to scene: Scene, random: inout ItemRandom) throws(ImageError) -> Scene {
    var scene = scene
    for step in steps { scene = try step.apply(to: scene, random: &random) }
    return scene
  }

  /// The scene of one item in one epoch: the same at any number of threads.
  public func apply(to scene: Scene, seed: UInt64, id: String, epoch: Int) throws(ImageError) -> Scene {
    var random = ItemRandom(seed: seed, id: id, epoch: epoch)
    return try apply(to: scene, random: &random)
  }
}

/// Mirrors a scene left to right, with a probability.
public struct HorizontalFlip: Augmentation, Hashable, Codable {
  /// 0 to 1.
  public var probability: Double

  public init(probability: Double = 0.5) { self.probability = probability }

  public func apply(to scene: Scene, random: inout ItemRandom) throws(ImageError) -> Scene {
    guard random.unit() < probability else { return scene }
    let width = Double(scene.image.width)
    return try scene.moved(
      image: { $0.mirrored }, mask: { $0.mirrored }, point: { Point(x: width - $0.x, y: $0.y) })
  }
}

/// Turns a scene upside down, as in a mirror, with a probability.
public struct VerticalFlip: Augmentation, Hashable, Codable {
  /// 0 to 1.
  public var probability: Double

  public init(probability: Double = 0.5) { self.probability = probability }

  public func apply(to scene: Scene, random: inout ItemRandom) throws(ImageError) -> Scene {
    guard random.unit() < probability else { return scene }
    let height = Double(scene.image.height)
    return try scene.moved(image: { $0.flipped }, mask: { $0.flipped }, point: { Point(x: $0.x, y: height - $0.y) })
  }
}
