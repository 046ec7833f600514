// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension CostTable {
  func volume(to reference: [Double], senses: [ParetoFront.Sense]) -> Result<Double, ParetoFront.Refusal> {
    guard reference.count == dimension else { return .failure(.wrongDimension(point: count)) }
    if let objective = reference.firstIndex(where: { !$0.isFinite }) {
      return .failure(.notFinite(point: count, objective: objective))
    }
    return .success(volume(below: zip(reference, senses).map { $1 == .minimize ? $0 : -$0 }))
  }

  /// The volume that the points cover up to a reference of costs.
  func volume(below reference: [Double]) -> Double {
    let inside = (0..<count).filter { point in (0..<dimension).allSatisfy { self[point, $0] < reference[$0] } }
    let front = CostTable(dimension: dimension, costs: inside.flatMap(point)).frontTable()
    switch dimension {
    case 1: return front.count > 0 ? reference[0] - front[0, 0] : 0
    case 2: return front.area(below: reference)
    case 3: return front.sweptVolume(below: reference)
    default: return front.slicedVolume(below: reference)
    }
  }

  /// The points of the front, without duplicates.
  private func frontTable() -> CostTable {
    let order = front().sorted(by: precedes)
    let distinct = order.indices.filter { $0 == 0 || !areEqual(order[$0 - 1], order[$0]) }
    return CostTable(dimension: dimension, costs: distinct.flatMap { point(order[$0]) })
  }

  private func area(below reference: [Double]) -> Double {
    var area = 0.0
    var above = reference[1]
    for point in 0..<count {
      area += (reference[0] - self[point, 0]) * (above - self[point, 1])
      above = self[point, 1]
    }
    return area
  }

  /// Goes up in the third objective and keeps the staircase of the points passed.
  private func sweptVolume(below reference: [Double]) -> Double {
    let order = (0..<count).sorted { (self[$0, 2], self[$0, 0]) < (self[$1, 2], self[$1, 0]) }
    var staircase = AreaStaircase(reference: (reference[0], reference[1]))
    var volume = 0.0
    for (index, point) in order.enumerated() {
      staircase.insert(self[point, 0], self[point, 1])
      let next = index + 1 < order.count ? self[order[index + 1], 2] : reference[2]
      volume += staircase.area * (next - self[point, 2])
    }
    return volume
  }

  /// Sums what each point covers that none after it covers.
  private func slicedVolume(below reference: [Double]) -> Double {
    // From worst to best in the last objective, so that the later points limit the earlier ones to few.
    let last = dimension - 1
    let order = (0..<count).sorted {
      self[$0, last] != self[$1, last] ? self[$0, last] > self[$1, last] : precedes($0, $1)
    }
    var volume = 0.0
    for (index, point) in order.enumerated() {
      var box = 1.0
      for objective in 0..<dimension { box *= reference[objective] - self[point, objective] }
      let limited = order[(index + 1)...].flatMap { other in
        (0..<dimension).map { max(self[point, $0], self[other, $0]) }
      }
      volume += box - CostTable(dimension: dimension, costs: limited).limitedVolume(below: reference)
    }
    return volume
  }

  private func limitedVolume(below reference: [Double]) -> Double {
    guard count > 0 else { return 0 }
    // The points are no better in the last objective than the one that limits them, hence all equal in it: one
    // objective fewer.
    let last = dimension - 1
    let height = reference[last] - self[0, last]
    guard (1..<count).allSatisfy({ self[$0, last] == self[0, last] }) else { return volume(below: reference) }
    let flat = (0..<count).flatMap { point($0).dropLast() }
    return height * CostTable(dimension: last, costs: flat).volume(below: Array(reference.dropLast()))
  }
}

/// The area below a staircase of points, kept up to date while points are added.
private struct AreaStaircase {
  private let reference: (x: Double, y: Double)
  /// With x ascending and y descending.
  private var points: [(x: Double, y: Double)] = []
  private(set) var area = 0.0

  init(reference: (x: Double, y: Double)) { self.reference = reference }

  mutating func insert(_ x: Double, _ y: Double) {
    var (low, high) = (0, points.count)
    while low < high {
      let middle = (low + high) / 2
      if points[middle].x < x { low = middle + 1 } else { high = middle }
    }
    var above = low > 0 ? points[low - 1].y : reference.y
    guard above > y else { return }
    // A point with this x but a smaller y has it covered already.
    if low < points.count, points[low].x == x, points[low].y <= y { return }
    var end = low
    var left = x
    while end < points.count, points[end].y >= y {
      area += (points[end].x - left) * (above - y)
      (left, above) = (points[end].x, points[end].y)
      end += 1
    }
    area += ((end < points.count ? points[end].x : reference.x) - left) * (above - y)
    points.replaceSubrange(low..<end, with: [(x: x, y: y)])
  }
}
