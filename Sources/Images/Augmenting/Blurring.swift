// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

extension Image {
  /// The image blurred by a Gaussian, mirrored at its sides without repeating the edge: torchvision's `gaussian_blur`,
  /// within 1 of 255.
  /// - Parameters:
  ///   - size: pixels of the kernel, odd, less than twice the image's shorter side.
  ///   - deviation: the Gaussian's standard deviation in pixels, above 0.
  /// - Throws: `ImageError` if the kernel is even or too large, or samples have 16 bits.
  public func blurred(size: Int, deviation: Double) throws(ImageError) -> Image {
    guard depth == .eight else { throw ImageError(.unsupported, "an image with 16-bit samples can't be blurred") }
    guard size > 0, size % 2 == 1, size / 2 < min(width, height), deviation > 0, deviation.isFinite else {
      throw ImageError(
        .invalidArgument,
        "a kernel of \(size) pixels with deviation \(deviation) can't blur \(width) × \(height) pixels")
    }
    let half = size / 2
    let bell = (-half...half).map { Float(exp(-0.5 * pow(Double($0) / deviation, 2))) }
    let sum = bell.reduce(0, +)
    let weights = bell.map { $0 / sum }
    let source = bytes.map(Float.init)
    let wide = Self.summed(
      source, weights, lines: height, length: width, line: width * channels, step: channels, channels)
    let both = Self.summed(
      wide, weights, lines: width, length: height, line: channels, step: width * channels, channels)
    return Image(
      sized: width, height, format, depth, both.map { UInt8(max(0, min(255, $0.rounded(.toNearestOrEven)))) })
  }

  /// Weighted sums along the lines of an image.
  private static func summed(
    _ values: [Float], _ weights: [Float], lines: Int, length: Int, line: Int, step: Int, _ channels: Int
  ) -> [Float] {
    let half = weights.count / 2
    var sums = [Float](repeating: 0, count: values.count)
    for (tap, weight) in weights.enumerated() {
      for place in 0..<length {
        var source = place + tap - half
        if source < 0 { source = -source }
        if source >= length { source = 2 * (length - 1) - source }
        for index in 0..<lines {
          for channel in 0..<channels {
            sums[index * line + place * step + channel] += weight * values[index * line + source * step + channel]
          }
        }
      }
    }
    return sums
  }

  /// The image sharpened (`factor` above 1) or smoothed: torchvision's `adjust_sharpness`. The outermost pixels stay.
  public func sharpness(_ factor: Double) -> Image {
    guard depth == .eight, width > 2, height > 2 else { return self }
    var result = self
    let (line, colors) = (width * channels, min(channels, 3))
    let rest = Float(1 - factor)
    for row in 1..<height - 1 {
      for column in 1..<width - 1 {
        for channel in 0..<colors {
          let place = row * line + column * channels + channel
          var sum = 4 * Int(bytes[place])
          for y in [-line, 0, line] {
            sum += Int(bytes[place + y - channels]) + Int(bytes[place + y]) + Int(bytes[place + y + channels])
          }
          let smooth = (Float(sum) / 13).rounded(.toNearestOrEven)
          let value = Float(bytes[place])
          result.bytes[place] = Self.byte(value + (smooth - value) * rest)
        }
      }
    }
    return result
  }
}

/// A Gaussian blur of random strength.
public struct GaussianBlur: Augmentation, Hashable, Codable {
  /// Pixels of the kernel; odd.
  public var size: Int
  /// Standard deviations in pixels.
  public var deviation: ClosedRange<Double>

  public init(size: Int = 5, deviation: ClosedRange<Double> = 0.1...2) {
    self.size = size
    self.deviation = deviation
  }

  public func apply(to scene: Scene, random: inout ItemRandom) throws(ImageError) -> Scene {
    var scene = scene
    scene.image = try scene.image.blurred(size: size, deviation: random.number(in: deviation))
    return scene
  }
}
