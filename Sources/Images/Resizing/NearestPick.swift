// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Which source pixel each pixel of a line is taken from, computed by repeated addition as Pillow does.
struct NearestPick: Sendable {
  let places: [Int]

  init(source: Int, box: ClosedRange<Float>, target: Int, window: Range<Int>) {
    let step = Double(box.upperBound - box.lowerBound) / Double(target)
    var position = Double(box.lowerBound) + step * 0.5
    var places: [Int] = []
    for index in 0..<max(target, window.upperBound) {
      if window.contains(index) { places.append(min(max(Int(position), 0), source - 1)) }
      position += step
    }
    self.places = places
  }
}
