// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation

/// Counts of values in bins of equal width. The bins' edges are whole multiples of the width, and 0 is such an edge.
///
/// When a value lies outside, bins are added; when these became too many, neighbours are merged and the width doubles.
/// So a value is never counted in a bin that it does not belong to, whatever came first.
package struct Histogram: Sendable {
  /// Number of bins at which neighbours are merged.
  package static let mostBins = 8192
  /// Number of bins that the first values are spread over.
  private static let firstBins = 2048.0

  private(set) var width = 0.0
  /// The first bin's lower edge, in widths.
  private(set) var first = 0
  package private(set) var counts: [Double] = []
  /// Values that are exactly 0. They stand in no bin: every range represents them exactly, and after `Relu` there are
  /// so many that they would hide the others.
  package private(set) var zeros = 0.0

  /// Creates an empty histogram, whose width the first values decide.
  package init() {}

  /// Lower edge of a bin.
  func edge(_ bin: Int) -> Double { Double(first + bin) * width }

  /// The value in the middle of a bin.
  func middle(_ bin: Int) -> Double { (Double(first + bin) + 0.5) * width }

  /// Counts values; `range` is from the smallest to the largest of them.
  package mutating func add(_ values: [Float], covering range: ActivationRange) {
    let span = Double(max(range.maximum, 0)) - Double(min(range.minimum, 0))
    if width == 0 {
      // The smallest width keeps every bin number far inside 64 bits.
      width = max(span / Self.firstBins, Double(Float.leastNormalMagnitude))
    }
    while span / width >= Double(Self.mostBins) { halve() }
    cover(bin(of: Double(range.minimum)), bin(of: Double(range.maximum)))
    while counts.count > Self.mostBins { halve() }
    for value in values {
      if value == 0 {
        zeros += 1
        continue
      }
      let position = bin(of: Double(value)) - first
      if counts.indices.contains(position) { counts[position] += 1 }
    }
  }

  private func bin(of value: Double) -> Int { Int((value / width).rounded(.down)) }

  private mutating func cover(_ lowest: Int, _ highest: Int) {
    if counts.isEmpty { first = lowest }
    if lowest < first {
      counts.insert(contentsOf: repeatElement(0, count: first - lowest), at: 0)
      first = lowest
    }
    let missing = highest - (first + counts.count) + 1
    if missing > 0 { counts.append(contentsOf: repeatElement(0, count: missing)) }
  }

  /// Merges each bin with the neighbour that shares its edge at the doubled width.
  private mutating func halve() {
    width *= 2
    guard !counts.isEmpty else { return }
    let newFirst = Int((Double(first) / 2).rounded(.down))
    let last = first + counts.count - 1
    var merged = Array(repeating: 0.0, count: Int((Double(last) / 2).rounded(.down)) - newFirst + 1)
    for (offset, count) in counts.enumerated() {
      merged[Int((Double(first + offset) / 2).rounded(.down)) - newFirst] += count
    }
    first = newFirst
    counts = merged
  }
}
