// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation

extension Histogram {
  /// The range whose quantized histogram diverges least from the histogram with its outer values moved to the ends.
  ///
  /// Candidates shrink both sides in proportion, in steps of a hundredth. Values that are cut off count for the end's
  /// bin in the reference distribution, but not in the quantized one, so that cutting off costs.
  func leastDivergentRange() -> ActivationRange {
    let below = max(-first, 0)
    let above = max(first + counts.count, 0)
    var best = (low: -below, high: above)
    var bestDivergence = Double.infinity
    for percent in stride(from: 100, through: 2, by: -1) {
      let low = -(below * percent + 99) / 100
      let high = (above * percent + 99) / 100
      guard high - low >= 256 else { break }
      let divergence = divergence(low, high)
      if divergence < bestDivergence { (best, bestDivergence) = ((low, high), divergence) }
    }
    return ActivationRange(minimum: Float(Double(best.low) * width), maximum: Float(Double(best.high) * width))
  }

  /// Kullback-Leibler divergence between the values in bins `low..<high` and the same in 256 steps.
  private func divergence(_ low: Int, _ high: Int) -> Double {
    var inside = Array(repeating: 0.0, count: high - low)
    var reference = inside
    for (offset, count) in counts.enumerated() where count > 0 {
      let bin = first + offset
      let nearest = min(max(bin, low), high - 1) - low
      reference[nearest] += count
      if nearest == bin - low { inside[nearest] += count }
    }
    let quantized = spread(inside, where: reference)
    let (referenceTotal, quantizedTotal) = (reference.reduce(0, +), quantized.reduce(0, +))
    guard quantizedTotal > 0 else { return .infinity }
    var sum = 0.0
    for (p, q) in zip(reference, quantized) where p > 0 {
      // What the quantized distribution can't show at all costs as if it had one value in a million there.
      let share = max(q / quantizedTotal, 1e-6)
      sum += p / referenceTotal * log(p / referenceTotal / share)
    }
    return sum
  }

  /// The counts after quantization: each step's sum, spread evenly over those of its bins that hold something.
  private func spread(_ counts: [Double], where reference: [Double]) -> [Double] {
    var spread = Array(repeating: 0.0, count: counts.count)
    for step in 0..<256 {
      let bins = (step * counts.count / 256)..<((step + 1) * counts.count / 256)
      let occupied = bins.filter { reference[$0] > 0 }
      let sum = bins.reduce(0) { $0 + counts[$1] }
      for bin in occupied { spread[bin] = sum / Double(occupied.count) }
    }
    return spread
  }
}
