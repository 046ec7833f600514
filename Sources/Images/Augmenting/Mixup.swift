// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Mixes pairs of items: Zhang, Cisse, Dauphin and Lopez-Paz, "mixup: Beyond empirical risk minimization" (2018).
public struct Mixup: Sendable, Hashable, Codable {
  /// Both parameters of the Beta distribution that the share is drawn from; above 0.
  public var alpha: Double

  public init(alpha: Double = 1) { self.alpha = alpha }

  /// The first item's share, 0 to 1.
  public func share(random: inout ItemRandom) -> Double {
    let (first, second) = (Self.gamma(alpha, &random), Self.gamma(alpha, &random))
    return first + second > 0 ? first / (first + second) : 0.5
  }

  /// Two inputs or two lists of class shares, mixed: the shorter decides the length.
  public static func mixed(_ first: [Float], _ second: [Float], share: Double) -> [Float] {
    let (share, rest) = (Float(share), Float(1 - share))
    return zip(first, second).map { $0 * share + $1 * rest }
  }

  /// Two scenes of one size, mixed; the marks of both remain.
  /// - Throws: `ImageError` if sizes or formats differ.
  public static func mixed(_ first: Scene, _ second: Scene, share: Double) throws(ImageError) -> Scene {
    let (a, b) = (first.image, second.image)
    guard first.size == second.size, a.format == b.format, a.depth == .eight, b.depth == .eight else {
      throw ImageError(.invalidSize, "images of \(first.size) and \(second.size) pixels can't be mixed")
    }
    let (share, rest) = (Float(share), Float(1 - share))
    let bytes = zip(a.bytes, b.bytes).map { Image.byte((Float($0) * share + Float($1) * rest).rounded()) }
    return Scene(
      Image(sized: a.width, a.height, a.format, .eight, bytes), boxes: first.boxes + second.boxes,
      polygons: first.polygons + second.polygons, keypoints: first.keypoints + second.keypoints,
      masks: first.masks + second.masks)
  }

  /// A number of the gamma distribution: Marsaglia and Tsang, "A simple method for generating gamma variables" (2000).
  private static func gamma(_ shape: Double, _ random: inout ItemRandom) -> Double {
    guard shape >= 1 else {
      let boost = pow(1 - random.unit(), 1 / max(shape, 1e-3))
      return gamma(max(shape, 1e-3) + 1, &random) * boost
    }
    let d = shape - 1 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal(&random)
      let v = pow(1 + c * x, 3)
      guard v > 0 else { continue }
      if log(1 - random.unit()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }

  private static func normal(_ random: inout ItemRandom) -> Double {
    (-2 * log(1 - random.unit())).squareRoot() * cos(2 * .pi * random.unit())
  }
}
