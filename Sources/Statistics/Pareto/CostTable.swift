// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Finite costs of points, smaller being better in every objective, point after point in one array.
struct CostTable {
  let dimension: Int
  let count: Int
  let costs: [Double]

  init(dimension: Int, costs: [Double]) {
    self.dimension = dimension
    self.costs = costs
    count = dimension > 0 ? costs.count / dimension : 0
  }

  static func checked(
    _ columns: [[Double]], senses: [ParetoFront.Sense]
  ) -> Result<CostTable, ParetoFront.Refusal> {
    guard let first = columns.first, !senses.isEmpty else { return .failure(.noObjectives) }
    guard columns.count == senses.count else { return .failure(.wrongDimension(point: 0)) }
    for column in columns where column.count != first.count {
      return .failure(.wrongDimension(point: min(column.count, first.count)))
    }
    for point in first.indices {
      if let objective = columns.firstIndex(where: { !$0[point].isFinite }) {
        return .failure(.notFinite(point: point, objective: objective))
      }
    }
    var costs = [Double](repeating: 0, count: first.count * columns.count)
    for (objective, column) in columns.enumerated() {
      // Adding 0 turns -0 into 0, so that equal values are equal in every comparison.
      for (point, value) in column.enumerated() {
        costs[point * columns.count + objective] = senses[objective] == .minimize ? value + 0 : 0 - value
      }
    }
    return .success(CostTable(dimension: columns.count, costs: costs))
  }

  subscript(point: Int, objective: Int) -> Double { costs[point * dimension + objective] }

  func point(_ index: Int) -> ArraySlice<Double> { costs[index * dimension..<(index + 1) * dimension] }

  func precedes(_ first: Int, _ second: Int) -> Bool {
    for objective in 0..<dimension {
      let (a, b) = (self[first, objective], self[second, objective])
      if a != b { return a < b }
    }
    return first < second
  }

  func areEqual(_ first: Int, _ second: Int) -> Bool {
    for objective in 0..<dimension where self[first, objective] != self[second, objective] { return false }
    return true
  }

  /// Whether the first is at least as good in every objective; whoever asks knows that they differ.
  func covers(_ first: Int, _ second: Int) -> Bool {
    for objective in 0..<dimension where self[first, objective] > self[second, objective] { return false }
    return true
  }
}

// MARK: The front

extension CostTable {
  /// The points that no other beats, ascending.
  func front() -> [Int] {
    let candidates = dimension > 1 ? survivors() : Array(0..<count)
    let front: [Int]
    switch dimension {
    case 1: front = smallest(candidates)
    case 2, 3: front = sweep(candidates.sorted(by: precedes))
    default: front = compare(candidates)
    }
    return front.sorted()
  }

  private func smallest(_ candidates: [Int]) -> [Int] {
    let least = costs.min() ?? 0
    return candidates.filter { costs[$0] == least }
  }

  /// In lexicographic order only a point before it can beat a point: one that is no worse in the objectives after the
  /// first.
  private func sweep(_ order: [Int]) -> [Int] {
    var least = PrefixMinimum(keys: order.map { self[$0, 1] })
    var front: [Int] = []
    var index = 0
    while index < order.count {
      var end = index + 1
      while end < order.count, areEqual(order[index], order[end]) { end += 1 }
      let last = dimension > 2 ? self[order[index], 2] : 0
      if least.upTo(position: index) > last {
        front += order[index..<end]
        least.lower(to: last, from: index)
      }
      index = end
    }
    return front
  }

  /// By the sum of their costs, each a share of its range, only a point before it can beat a point, and then also one of
  /// the front; those with the smallest sums beat most and are asked first.
  private func compare(_ candidates: [Int]) -> [Int] {
    let sums = normalizedSums(of: candidates)
    let order = candidates.indices.sorted {
      sums[$0] != sums[$1] ? sums[$0] < sums[$1] : precedes(candidates[$0], candidates[$1])
    }
    var front: [Int] = []
    var members: [Double] = []
    for candidate in order.lazy.map({ candidates[$0] }) where !isBeaten(candidate, by: members) {
      front.append(candidate)
      members += point(candidate)
    }
    return front
  }

  private func isBeaten(_ candidate: Int, by members: [Double]) -> Bool {
    costs.withUnsafeBufferPointer { costs in
      members.withUnsafeBufferPointer { members in
        let base = candidate * dimension
        var member = 0
        while member < members.count {
          var isCovered = true
          var differs = false
          for objective in 0..<dimension {
            let (theirs, ours) = (members[member + objective], costs[base + objective])
            if theirs > ours {
              isCovered = false
              break
            }
            differs = differs || theirs < ours
          }
          if isCovered && differs { return true }
          member += dimension
        }
        return false
      }
    }
  }

  func normalizedSums(of points: [Int]) -> [Double] {
    var sums = [Double](repeating: 0, count: points.count)
    for objective in 0..<dimension {
      var (low, high) = (Double.infinity, -Double.infinity)
      for point in points {
        low = min(low, self[point, objective])
        high = max(high, self[point, objective])
      }
      // Half of each, since the difference of two finite numbers may be infinite.
      let range = high / 2 - low / 2
      guard range > 0 else { continue }
      for (index, point) in points.enumerated() { sums[index] += (self[point, objective] / 2 - low / 2) / range }
    }
    return sums
  }

  /// The points that a few good points of a sample don't beat.
  private func survivors() -> [Int] {
    guard count > 4_096 else { return Array(0..<count) }
    let sample = Array(stride(from: 0, to: count, by: count / 2_048))
    let sums = normalizedSums(of: sample)
    let best = sample.indices.sorted { sums[$0] < sums[$1] }.prefix(64).map { sample[$0] }
    let filters = CostTable(dimension: dimension, costs: best.flatMap(point)).front().prefix(12).map { best[$0] }
    let members = filters.flatMap(point)
    return (0..<count).filter { !isBeaten($0, by: members) }
  }
}

/// The least value among the first keys, while values are lowered (a Fenwick tree).
struct PrefixMinimum {
  private let ranks: [Int]
  private var tree: [Double]

  /// - Parameter keys: the key of each position; finite.
  init(keys: [Double]) {
    let order = keys.indices.sorted { keys[$0] < keys[$1] }
    var ranks = [Int](repeating: 0, count: keys.count)
    var rank = 0
    for (index, position) in order.enumerated() {
      if index == 0 || keys[order[index - 1]] < keys[position] { rank += 1 }
      ranks[position] = rank
    }
    self.ranks = ranks
    tree = [Double](repeating: .infinity, count: rank + 1)
  }

  /// The least value of all positions whose keys are at most that of `position`; infinite if there are none.
  func upTo(position: Int) -> Double {
    var least = Double.infinity
    var node = ranks[position]
    while node > 0 {
      least = min(least, tree[node])
      node &= node - 1
    }
    return least
  }

  /// Gives `position` a value.
  mutating func lower(to value: Double, from position: Int) {
    var node = ranks[position]
    while node < tree.count {
      tree[node] = min(tree[node], value)
      node += node & -node
    }
  }
}

// MARK: Layers

extension CostTable {
  /// The layer of each point, 0 on the front.
  func layers() -> [Int] {
    let order = (0..<count).sorted(by: precedes)
    var layers = [Int](repeating: 0, count: count)
    var members: [[Int]] = []
    for (index, point) in order.enumerated() {
      if index > 0, areEqual(order[index - 1], point) {
        layers[point] = layers[order[index - 1]]
        continue
      }
      var (low, high) = (0, members.count)
      while low < high {
        let middle = (low + high) / 2
        if isBeaten(point, byLayer: members[middle]) { low = middle + 1 } else { high = middle }
      }
      layers[point] = low
      if low == members.count { members.append([point]) } else { members[low].append(point) }
    }
    return layers
  }

  private func isBeaten(_ point: Int, byLayer members: [Int]) -> Bool {
    // In up to two objectives the last of a layer has the smallest second cost of it.
    if dimension <= 2 { return members.last.map { covers($0, point) } ?? false }
    return members.reversed().contains { covers($0, point) }
  }
}
