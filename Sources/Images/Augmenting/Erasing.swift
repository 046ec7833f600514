// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

extension Image {
  /// The image with a rectangle of one colour.
  /// - Parameter color: one value for all channels or one for each.
  /// - Throws: `ImageError` if the rectangle is not inside, or the colour doesn't fit.
  public func erased(columns: Range<Int>, rows: Range<Int>, color: [UInt8] = [0]) throws(ImageError) -> Image {
    guard columns.lowerBound >= 0, rows.lowerBound >= 0, columns.upperBound <= width, rows.upperBound <= height,
      depth == .eight, color.count == channels || color.count == 1
    else {
      throw ImageError(
        .invalidArgument,
        "columns \(columns) and rows \(rows) of \(width) × \(height) pixels can't be filled with \(color)")
    }
    var image = self
    for row in rows {
      for column in columns {
        for channel in 0..<channels {
          image.bytes[(row * width + column) * channels + channel] = color[color.count == 1 ? 0 : channel]
        }
      }
    }
    return image
  }
}

/// Erases a rectangle of random area and shape, with a probability: the rule of torchvision's `RandomErasing`. Marks
/// stay; a hidden object is still there.
public struct RandomErasing: Augmentation, Hashable, Codable {
  /// 0 to 1.
  public var probability: Double
  /// The rectangle's share of the image's area.
  public var area: ClosedRange<Double>
  /// Its height divided by its width.
  public var ratio: ClosedRange<Double>
  public var color: [UInt8]

  public init(
    probability: Double = 0.5, area: ClosedRange<Double> = 0.02...0.33, ratio: ClosedRange<Double> = 0.3...3.3,
    color: [UInt8] = [0]
  ) {
    self.probability = probability
    self.area = area
    self.ratio = ratio
    self.color = color
  }

  public func apply(to scene: Scene, random: inout ItemRandom) throws(ImageError) -> Scene {
    guard random.unit() < probability else { return scene }
    let (width, height) = (scene.image.width, scene.image.height)
    for _ in 0..<10 {
      let pixels = Double(width * height) * random.number(in: area)
      let shape = exp(random.number(in: log(ratio.lowerBound)...log(ratio.upperBound)))
      let (rows, columns) = (Int((pixels * shape).squareRoot().rounded()), Int((pixels / shape).squareRoot().rounded()))
      guard rows < height, columns < width else { continue }
      let top = random.number(below: height - rows + 1)
      let left = random.number(below: width - columns + 1)
      var scene = scene
      scene.image = try scene.image.erased(columns: left..<left + columns, rows: top..<top + rows, color: color)
      return scene
    }
    return scene
  }
}
