// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

/// A weight as signed 8-bit integers, with one scale per channel or one for all.
package struct QuantizedWeight {
  package let values: [Int8]
  let shape: [Int]
  let axis: Int
  package let scales: [Float]

  /// Quantizes a weight symmetrically: value = scale · integer.
  /// - Parameters:
  ///   - smallestScales: Per channel, the least scale that its bias allows.
  package init(
    _ weight: [Double], shape: [Int], axis: Int, range: StaticQuantization.WeightRange, isPerChannel: Bool,
    smallestScales: [Double]
  ) {
    self.shape = shape
    self.axis = axis
    let channels = shape[axis]
    let inner = shape[(axis + 1)...].reduce(1, *)
    let channel = { (index: Int) in index / inner % channels }
    var extremes = Array(repeating: ChannelExtremes(), count: channels)
    for (index, value) in weight.enumerated() { extremes[channel(index)].include(value) }
    let wanted = extremes.map { $0.scale(range) }
    let scales = Self.scales(wanted, smallestScales, isPerChannel)
    self.scales = isPerChannel ? scales : Array(scales.prefix(1))
    let largest = range == .reduced ? 64.0 : 127.0
    values = weight.enumerated().map { index, value in
      let steps = (value / Double(scales[channel(index)])).rounded(.toNearestOrEven)
      return Int8(min(max(steps, -largest), largest))
    }
  }

  /// Root of the mean squared difference between a weight and what these integers stand for.
  func error(of weight: [Double]) -> Double {
    let inner = shape[(axis + 1)...].reduce(1, *)
    let errors = weight.enumerated().map { index, value in
      value - Double(values[index]) * Double(scales[scales.count == 1 ? 0 : index / inner % shape[axis]])
    }
    return rootMeanSquare(errors)
  }

  /// The scales that are used: as wanted, but normal numbers, and no finer than the biases allow.
  private static func scales(_ wanted: [Double], _ smallest: [Double], _ isPerChannel: Bool) -> [Float] {
    let widest = wanted.max() ?? 0
    // A channel of zeros has no scale of its own; its bias is then as fine as that of the others.
    let filled = wanted.map { isPerChannel && $0 > 0 ? $0 : widest }
    let floor = isPerChannel ? smallest : Array(repeating: smallest.max() ?? 0, count: smallest.count)
    return zip(filled, floor).map { wanted, smallest in
      let scale = Float(max(wanted, smallest))
      return scale.isNormal ? scale.rounded(notBelow: max(wanted, smallest)) : 1
    }
  }
}

/// The largest weights of one channel.
private struct ChannelExtremes {
  private var largest = 0.0
  private var secondLargest = 0.0
  private var smallest = 0.0
  private var secondSmallest = 0.0

  mutating func include(_ value: Double) {
    if value > largest {
      (secondLargest, largest) = (largest, value)
    } else {
      secondLargest = max(secondLargest, value)
    }
    if value < smallest {
      (secondSmallest, smallest) = (smallest, value)
    } else {
      secondSmallest = min(secondSmallest, value)
    }
  }

  /// The step between neighbouring integers.
  func scale(_ range: StaticQuantization.WeightRange) -> Double {
    let magnitude = max(largest, -smallest)
    switch range {
    case .full: return magnitude / 127
    case .reduced: return magnitude / 64
    case .saturationFree:
      // 255 · 128 = 32,640 fits 16 bits, 255 · 129 does not. Two summands of 128 together round to at most 128.
      return max(magnitude / 127, max(largest + secondLargest, -smallest - secondSmallest) / 128)
    }
  }
}

extension Float {
  /// This number, or the next one if rounding to single precision has made it smaller than `bound`.
  fileprivate func rounded(notBelow bound: Double) -> Float { Double(self) < bound ? nextUp : self }
}
