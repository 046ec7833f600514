// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Fronts in two objectives of many points.
///
/// The front of a sample throws out nearly all points in one pass without sorting. What is left is put into buckets of
/// the first cost, where a bucket's best second cost throws out more; only what survives that is sorted, bucket by
/// bucket.
enum PlanarFront {
  /// A point with costs of which smaller is better.
  struct Point {
    var x: Double
    var y: Double
    var index: Int

    func precedes(_ other: Point) -> Bool {
      if x != other.x { return x < other.x }
      return y != other.y ? y < other.y : index < other.index
    }
  }

  /// The positions of the points that no other beats, ascending; `nil` if a value is not finite.
  static func positions(_ first: [Double], _ second: [Double], senses: [ParetoFront.Sense]) -> [Int]? {
    let signs = senses.map { $0 == .minimize ? 1.0 : -1.0 }
    return first.withUnsafeBufferPointer { x in
      second.withUnsafeBufferPointer { y in
        guard var survivors = survivors(x, y, signs[0], signs[1]) else { return nil }
        var sweep = PlanarSweep()
        survivors.withUnsafeMutableBufferPointer { sweep.add($0, depth: 0) }
        return ascending(sweep.front, of: first.count)
      }
    }
  }

  /// Sorts few positions, and marks many.
  private static func ascending(_ positions: [Int], of count: Int) -> [Int] {
    if positions.count < count / 16 { return positions.sorted() }
    var isOnFront = [Bool](repeating: false, count: count)
    for position in positions { isOnFront[position] = true }
    return (0..<count).filter { isOnFront[$0] }
  }

  private typealias Column = UnsafeBufferPointer<Double>

  private static func survivors(_ x: Column, _ y: Column, _ signX: Double, _ signY: Double) -> [Point]? {
    let staircase = Staircase(sampling: x, y, signX, signY)
    var survivors: [Point] = []
    // Stays 0 as long as all values are finite.
    var check = SIMD2<Double>.zero
    let block = 2_048
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: block) { kept in
      for start in stride(from: 0, to: x.count, by: block) {
        let end = min(start + block, x.count)
        var count = 0
        for index in start..<end {
          let point = SIMD2(x[index], y[index])
          check += point * 0
          kept[count] = index
          // Written always and counted only if kept: no branch for the processor to guess.
          count += staircase.keeps(point.x * signX, point.y * signY) ? 1 : 0
        }
        for slot in 0..<count {
          let index = kept[slot]
          survivors.append(Point(x: x[index] * signX, y: y[index] * signY, index: index))
        }
      }
      return check == .zero ? survivors : nil
    }
  }

  /// The front of a sample, as the least second cost of it left of each of many equal steps of the first cost.
  private struct Staircase {
    private let low: Double
    private let scale: Double
    private let limits: [Double]
    private let steps = 1_024

    /// A staircase of fewer than 4 096 points keeps everything.
    init(sampling x: Column, _ y: Column, _ signX: Double, _ signY: Double) {
      var sample: [Point] = []
      if x.count >= 4_096 {
        for index in stride(from: 0, to: x.count, by: x.count / 2_048) where x[index].isFinite && y[index].isFinite {
          sample.append(Point(x: x[index] * signX, y: y[index] * signY, index: index))
        }
      }
      var sweep = PlanarSweep()
      sample.sort { $0.precedes($1) }
      sweep.addSorted(sample)
      let low = sweep.points.first?.x ?? 0
      // Right of its last point the staircase is flat, however far away other points are.
      let width = (sweep.points.last?.x ?? 0) - low
      self.low = low
      // A staircase of one point has its only step there; one that is infinitely wide is of no use.
      scale = width > 0 ? min(.greatestFiniteMagnitude, Double(steps - 2) / width) : .greatestFiniteMagnitude
      var limits = [Double](repeating: .infinity, count: steps + 1)
      for point in sweep.points where width.isFinite {
        let step = Self.step(point.x, low, scale, steps) + 1
        limits[step] = min(limits[step], point.y)
      }
      for step in 1...steps { limits[step] = min(limits[step], limits[step - 1]) }
      self.limits = limits
    }

    @inline(__always)
    private static func step(_ x: Double, _ low: Double, _ scale: Double, _ steps: Int) -> Int {
      // A NaN becomes 0 here; it is found out by the caller.
      Int(max(0, min(Double(steps - 1), (x - low) * scale)))
    }

    /// Whether the sample doesn't beat a point. A step further right means a larger first cost, so that an equal second
    /// cost is beaten too.
    @inline(__always)
    func keeps(_ x: Double, _ y: Double) -> Bool {
      limits.withUnsafeBufferPointer { $0[Self.step(x, low, scale, steps)] > y }
    }
  }
}
