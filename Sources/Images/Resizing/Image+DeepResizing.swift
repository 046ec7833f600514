// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Image {
  /// An image with 16-bit samples in another size, as Pillow resizes its mode `I;16`: in double precision, first in width
  /// or in height, as for 8 bits, rounded after each.
  func deeplyResized(
    _ size: PixelSize, box: PixelBox?, kernel: ResizeKernel, antialias: Bool, isHeightFirst: Bool
  ) -> Image {
    let columns = WeightTable.weights(
      source: width, box: (box?.left ?? 0)...(box?.right ?? Float(width)), target: size.width, window: 0..<size.width,
      kernel: kernel, antialias: antialias)
    let rows = WeightTable.weights(
      source: height, box: (box?.top ?? 0)...(box?.bottom ?? Float(height)), target: size.height,
      window: 0..<size.height, kernel: kernel, antialias: antialias)
    var values = samples.map(Double.init)
    if format == .rgba { Self.multiplyByOpacity(&values) }
    let changes = (width: size.width != width || box != nil, height: size.height != height || box != nil)
    if changes.height, isHeightFirst { values = Self.summed(values, rows, lines: 1, samples: width * channels) }
    if changes.width {
      values = Self.summed(values, columns, lines: isHeightFirst ? size.height : height, samples: channels)
    }
    if changes.height, !isHeightFirst {
      values = Self.summed(values, rows, lines: 1, samples: size.width * channels)
    }
    if format == .rgba { Self.divideByOpacity(&values) }
    let bytes = values.map { UInt16(Self.limited($0)) }.withUnsafeBytes { Array($0) }
    return Image(sized: size.width, size.height, format, .sixteen, bytes)
  }

  /// The weighted sums of neighbours in each of some lines; a neighbour is a group of `samples`: a pixel, or a whole row.
  private static func summed(
    _ values: [Double], _ table: [(start: Int, line: [Double])], lines: Int, samples: Int
  ) -> [Double] {
    let lineStep = values.count / lines
    var result: [Double] = []
    result.reserveCapacity(lines * table.count * samples)
    for line in 0..<lines {
      for (start, weights) in table {
        for sample in 0..<samples {
          let first = line * lineStep + start * samples + sample
          var sum = 0.0
          for (tap, weight) in weights.enumerated() { sum += values[first + tap * samples] * weight }
          result.append(limited(sum))
        }
      }
    }
    return result
  }

  private static func limited(_ value: Double) -> Double {
    min(65_535, max(0, value.rounded(.toNearestOrAwayFromZero)))
  }

  private static func multiplyByOpacity(_ values: inout [Double]) {
    for pixel in stride(from: 0, to: values.count, by: 4) {
      for channel in 0..<3 { values[pixel + channel] *= values[pixel + 3] / 65_535 }
    }
  }

  private static func divideByOpacity(_ values: inout [Double]) {
    for pixel in stride(from: 0, to: values.count, by: 4) where values[pixel + 3] > 0 {
      for channel in 0..<3 { values[pixel + channel] *= 65_535 / values[pixel + 3] }
    }
  }
}
