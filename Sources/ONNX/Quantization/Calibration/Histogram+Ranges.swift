// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation

extension Histogram {
  /// The range that leaves the outer values out, the same share on each side.
  func quantileRange(_ percent: Double) -> ActivationRange {
    var counts = counts
    if counts.indices.contains(-first) { counts[-first] += zeros }
    let total = counts.reduce(0, +)
    let outside = total * (100 - percent) / 200
    var low = 0
    var below = 0.0
    while low < counts.count - 1, below + counts[low] <= outside {
      below += counts[low]
      low += 1
    }
    var high = counts.count - 1
    var above = 0.0
    while high > low, above + counts[high] <= outside {
      above += counts[high]
      high -= 1
    }
    return ActivationRange(minimum: Float(edge(low)), maximum: Float(edge(high + 1)))
  }

  /// The range with the least mean squared error of 255 steps, searched over cuts of both ends.
  ///
  /// Ends move alternately: each is set to its best position while the other stays, until neither moves.
  func leastErrorRange() -> ActivationRange {
    let lowest = min(edge(0), 0)
    let highest = max(edge(counts.count), 0)
    let occupied = counts.indices.filter { counts[$0] > 0 }.map { (value: middle($0), count: counts[$0]) }
    var best = (low: lowest, high: highest)
    var bestError = Self.meanSquaredError(occupied, best.low, best.high)
    for _ in 0..<4 {
      let before = best
      for part in 1...Self.cuts {
        let share = Double(part) / Double(Self.cuts)
        for candidate in [(best.low, highest * share), (lowest * share, best.high)] {
          let error = Self.meanSquaredError(occupied, candidate.0, candidate.1)
          if error < bestError { (best, bestError) = ((candidate.0, candidate.1), error) }
        }
      }
      if best == before { break }
    }
    return ActivationRange(minimum: Float(best.low), maximum: Float(best.high))
  }

  /// Positions that an end is tried at.
  private static let cuts = 64

  private static func meanSquaredError(
    _ occupied: [(value: Double, count: Double)], _ low: Double, _ high: Double
  ) -> Double {
    let step = (high - low) / 255
    guard step > 0 else { return .infinity }
    // Rounding to a step errs by step²/12 on average, cutting off by the distance to the end.
    let rounding = step * step / 12
    var sum = 0.0
    for (value, count) in occupied {
      let distance = value < low ? low - value : value - high
      sum += count * (distance <= 0 ? rounding : distance * distance)
    }
    return sum
  }
}
