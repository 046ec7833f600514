// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Some changes out of fourteen, each with the same strength: Cubuk, Zoph, Shlens and Le, "RandAugment: Practical
/// automated data augmentation with a reduced search space" (2019), with torchvision's list and strengths.
public struct RandAugment: Augmentation, Hashable, Codable {
  /// The changes.
  public enum Operation: String, Sendable, Hashable, Codable, CaseIterable {
    case identity, shearX, shearY, translateX, translateY, rotate, brightness, color, contrast, sharpness, posterize
    case solarize, autocontrast, equalize
  }

  /// Changes for each image.
  public var operations: Int
  /// Strength: 0 to `levels` - 1.
  public var magnitude: Int
  /// Number of strengths.
  public var levels: Int
  /// What fills the places that nothing is moved to.
  public var fill: [UInt8]

  public init(operations: Int = 2, magnitude: Int = 9, levels: Int = 31, fill: [UInt8] = [0]) {
    self.operations = operations
    self.magnitude = magnitude
    self.levels = levels
    self.fill = fill
  }

  public func apply(to scene: Scene, random: inout ItemRandom) throws(ImageError) -> Scene {
    var scene = scene
    for _ in 0..<max(0, operations) {
      let operation = Operation.allCases[random.number(below: Operation.allCases.count)]
      let sign: Double = random.number(below: 2) == 0 ? 1 : -1
      scene = try apply(operation, sign: sign, to: scene)
    }
    return scene
  }

  /// One change at the strength of ``magnitude``.
  /// - Parameter sign: 1 or -1, the direction of changes that have one.
  public func apply(_ operation: Operation, sign: Double, to scene: Scene) throws(ImageError) -> Scene {
    let share = min(1, max(0, Double(magnitude) / Double(max(1, levels - 1))))
    let (width, height) = (Double(scene.image.width), Double(scene.image.height))
    let corner = Point(x: 0, y: 0)
    let degrees = atan(0.3 * share * sign) * 180 / .pi
    switch operation {
    case .identity: return scene
    case .shearX: return try moved(scene, AffineMap(center: corner, shear: Point(x: degrees, y: 0)))
    case .shearY: return try moved(scene, AffineMap(center: corner, shear: Point(x: 0, y: degrees)))
    case .translateX:
      let shift = Point(x: (150 / 331 * width * share * sign).rounded(.towardZero), y: 0)
      return try moved(scene, AffineMap(center: corner, shift: shift))
    case .translateY:
      let shift = Point(x: 0, y: (150 / 331 * height * share * sign).rounded(.towardZero))
      return try moved(scene, AffineMap(center: corner, shift: shift))
    case .rotate:
      let middle = Point(x: width / 2, y: height / 2)
      return try moved(scene, AffineMap(center: middle, angle: -30 * share * sign))
    default:
      var scene = scene
      scene.image = recolored(scene.image, operation, share: share, factor: 1 + 0.9 * share * sign)
      return scene
    }
  }

  private func moved(_ scene: Scene, _ map: AffineMap) throws(ImageError) -> Scene {
    try scene.moved(by: map, isSmooth: false, fill: fill)
  }

  private func recolored(_ image: Image, _ operation: Operation, share: Double, factor: Double) -> Image {
    switch operation {
    case .brightness: image.brightness(factor)
    case .color: image.saturation(factor)
    case .contrast: image.contrast(factor)
    case .sharpness: image.sharpness(factor)
    case .posterize: image.posterized(bits: 8 - Int((4 * share).rounded(.toNearestOrEven)))
    case .solarize: image.solarized(threshold: threshold)
    case .autocontrast: image.autocontrasted
    case .equalize: image.equalized
    default: image
    }
  }

  /// 255 down to 0 in equal steps, rounded to single precision from the nearer end as torchvision's table is.
  private var threshold: Double {
    let last = max(1, levels - 1)
    let place = max(0, min(last, magnitude))
    let step = 1 / Float(last)
    return 255 * Double(place < levels / 2 ? 1 - step * Float(place) : step * Float(last - place))
  }
}
