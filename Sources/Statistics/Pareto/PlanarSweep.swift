// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Finds the front of points that arrive from left to right: each group has larger first costs than all before it.
struct PlanarSweep {
  private(set) var points: [PlanarFront.Point] = []
  /// The least second cost so far.
  private var least = Double.infinity

  var front: [Int] { points.map(\.index) }

  /// Adds points in lexicographic order.
  mutating func addSorted(_ sorted: some Sequence<PlanarFront.Point>) {
    for point in sorted {
      if point.y < least {
        points.append(point)
        least = point.y
      } else if let last = points.last, last.x == point.x, last.y == point.y {
        points.append(point)
      }
    }
  }

  /// Adds points in any order.
  mutating func add(_ group: UnsafeMutableBufferPointer<PlanarFront.Point>, depth: Int) {
    if group.count <= 24 {
      Self.sortFew(group)
      return addSorted(group)
    }
    guard depth < 8, let buckets = PlanarBuckets(of: group) else {
      return addSorted(group.sorted { $0.precedes($1) })
    }
    var (kept, ends) = buckets.distributed(group, below: least)
    kept.withUnsafeMutableBufferPointer { kept in
      var start = 0
      for end in ends where end > start {
        add(UnsafeMutableBufferPointer(rebasing: kept[start..<end]), depth: depth + 1)
        start = end
      }
    }
  }

  /// By insertion, which is fastest for a handful.
  private static func sortFew(_ group: UnsafeMutableBufferPointer<PlanarFront.Point>) {
    guard group.count > 1 else { return }
    for index in 1..<group.count {
      let point = group[index]
      var slot = index
      while slot > 0, point.precedes(group[slot - 1]) {
        group[slot] = group[slot - 1]
        slot -= 1
      }
      group[slot] = point
    }
  }
}

/// Equal steps of the first cost, each with the best point in it: the least second cost, then the least first.
struct PlanarBuckets {
  private typealias Best = (y: Double, x: Double)
  private let low: Double
  private let scale: Double
  private let count: Int
  private var best: [Best]

  /// - Returns: `nil` if all first costs are equal or can't be told apart.
  init?(of points: UnsafeMutableBufferPointer<PlanarFront.Point>) {
    var (low, high) = (Double.infinity, -Double.infinity)
    for point in points {
      low = min(low, point.x)
      high = max(high, point.x)
    }
    let width = high - low
    guard width > 0, width.isFinite, width.isNormal else { return nil }
    count = 1 << min(17, max(5, (points.count / 6).bitWidth - (points.count / 6).leadingZeroBitCount))
    self.low = low
    scale = Double(count - 1) / width
    guard scale.isFinite else { return nil }
    best = Array(repeating: (Double.infinity, Double.infinity), count: count)
    best.withUnsafeMutableBufferPointer { best in
      for point in points {
        let bucket = Int((point.x - low) * scale)
        let (y, x) = best[bucket]
        if point.y < y || (point.y == y && point.x < x) { best[bucket] = (point.y, point.x) }
      }
    }
  }

  /// The points that neither a bucket further left nor the best of their own bucket beats, bucket after bucket, and where
  /// each bucket ends.
  /// - Parameter least: the least second cost further left than all of them.
  func distributed(
    _ points: UnsafeMutableBufferPointer<PlanarFront.Point>, below least: Double
  ) -> (kept: [PlanarFront.Point], ends: [Int]) {
    var limits = [Double](repeating: least, count: count)
    for bucket in 1..<count { limits[bucket] = min(limits[bucket - 1], best[bucket - 1].y) }
    var counts = [Int](repeating: 0, count: count)
    // The kept points move to the front of the buffer, so that they are looked at once more only.
    var survivors = 0
    counts.withUnsafeMutableBufferPointer { counts in
      for index in points.indices {
        let point = points[index]
        let bucket = Int((point.x - low) * scale)
        points[survivors] = point
        let isKept = point.y < limits[bucket] && !isBeaten(point, by: best[bucket])
        survivors += isKept ? 1 : 0
        counts[bucket] += isKept ? 1 : 0
      }
    }
    return Self.scattered(points, survivors, counts) { Int(($0 - low) * scale) }
  }

  @inline(__always)
  private func isBeaten(_ point: PlanarFront.Point, by best: Best) -> Bool {
    best.x <= point.x && best.y <= point.y && (best.x < point.x || best.y < point.y)
  }

  private static func scattered(
    _ points: UnsafeMutableBufferPointer<PlanarFront.Point>, _ survivors: Int, _ counts: [Int],
    bucket: (Double) -> Int
  ) -> (kept: [PlanarFront.Point], ends: [Int]) {
    var ends = counts
    var total = 0
    for index in counts.indices {
      ends[index] = total
      total += counts[index]
    }
    let kept = [PlanarFront.Point](unsafeUninitializedCapacity: survivors) { kept, initialized in
      ends.withUnsafeMutableBufferPointer { ends in
        for index in 0..<survivors {
          let slot = bucket(points[index].x)
          kept.initializeElement(at: ends[slot], to: points[index])
          ends[slot] += 1
        }
      }
      initialized = survivors
    }
    return (kept, ends)
  }
}
