// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Galley
internal import Images

extension TrainOptions {
  /// How images are varied in training, for images that are loaded.
  ///
  /// `light` is a random part of the image and a flip, as in torchvision's reference training for ResNet; `standard`
  /// adds colours and erasing (Zhong et al., 2020); `rand-augment` is Cubuk et al., 2020, with two changes of strength 9.
  /// - Parameter size: the size of a random part; `nil` leaves images whole.
  func imageAugmentation(size: Images.PixelSize?) -> TrainingAugmentation {
    func crop(smallest: Double) -> [any Augmentation] {
      size.map { [RandomResizedCrop(size: $0, area: smallest...1)] } ?? []
    }
    switch augmentation {
    case .none: return TrainingAugmentation()
    case .shift:
      return shift > 0 ? TrainingAugmentation(fitted: [PixelShift(pixels: shift)]) : TrainingAugmentation()
    case .light: return TrainingAugmentation(whole: crop(smallest: 0.5), fitted: [HorizontalFlip()])
    case .standard:
      return TrainingAugmentation(
        whole: crop(smallest: 0.25),
        fitted: [
          HorizontalFlip(),
          ColorJitter(brightness: 0.8...1.2, contrast: 0.8...1.2, saturation: 0.8...1.2, hue: -0.02...0.02),
          RandomErasing(probability: 0.25, area: 0.02...0.2),
        ])
    case .randAugment:
      return TrainingAugmentation(
        whole: crop(smallest: 0.25), fitted: [HorizontalFlip(), RandAugment()])
    }
  }
}

/// Moves an image by some pixels at random; zeros move in.
struct PixelShift: Augmentation {
  /// The most pixels in each direction.
  var pixels: Int

  func apply(to scene: Scene, random: inout ItemRandom) throws(ImageError) -> Scene {
    let down = random.number(below: 2 * pixels + 1) - pixels
    let right = random.number(below: 2 * pixels + 1) - pixels
    var scene = scene
    let image = scene.image
    let length = image.bytes.count / max(1, image.width * image.height)
    var bytes = [UInt8](repeating: 0, count: image.bytes.count)
    let rows = max(0, down)..<max(max(0, down), min(image.height, image.height + down))
    let columns = max(0, right)..<max(max(0, right), min(image.width, image.width + right))
    for row in rows where !columns.isEmpty {
      let from = ((row - down) * image.width + columns.lowerBound - right) * length
      let to = (row * image.width + columns.lowerBound) * length
      let count = columns.count * length
      bytes.replaceSubrange(to..<to + count, with: image.bytes[from..<from + count])
    }
    scene.image = try Image(
      width: image.width, height: image.height, format: image.format, depth: image.depth, bytes: bytes)
    return scene
  }
}
