// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Which source pixel each pixel of a line is taken from, computed as Pillow does: by repeated addition for 8-bit samples,
/// by multiplication for 16-bit ones.
struct NearestPick: Sendable {
  let places: [Int]

  init(
    source: Int, box: ClosedRange<Float>, target: Int, window: Range<Int>, depth: SampleDepth
  ) {
    let step = Double(box.upperBound - box.lowerBound) / Double(target)
    var position = Double(box.lowerBound) + step * 0.5
    var places: [Int] = []
    for index in 0..<max(target, window.upperBound) {
      if window.contains(index) { places.append(min(max(Int(position), 0), source - 1)) }
      if depth == .eight { position += step } else { position = Double(box.lowerBound) + step * (Double(index) + 1.5) }
    }
    self.places = places
  }
}
