// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The choices that no other choice beats: at least as good in every objective and better in one.
public enum ParetoFront {
  /// Whether a smaller or a larger value is better.
  public enum Sense: String, Sendable, Hashable, Codable { case minimize, maximize }

  /// Why there is no front.
  public enum Refusal: Error, Sendable, Hashable {
    /// A point has another number of values than there are objectives.
    case wrongDimension(point: Int)
    /// A value is NaN or infinite, so that it can't be compared.
    case notFinite(point: Int, objective: Int)
    /// There are no objectives.
    case noObjectives
  }

  /// The positions of the points on the front, in ascending order.
  ///
  /// Points that are equal in every objective are kept together: none beats the other. With one or two objectives it
  /// sorts once, O(n log n) (Kung, Luccio, Preparata, "On finding the maxima of a set of vectors", 1975); with more it
  /// sorts and compares each point with the front so far, O(n · front).
  public static func positions(of points: [[Double]], senses: [Sense]) -> Result<[Int], Refusal> {
    guard !senses.isEmpty else { return .failure(.noObjectives) }
    var costs: [[Double]] = []
    costs.reserveCapacity(points.count)
    for (position, point) in points.enumerated() {
      guard point.count == senses.count else { return .failure(.wrongDimension(point: position)) }
      if let objective = point.firstIndex(where: { !$0.isFinite }) {
        return .failure(.notFinite(point: position, objective: objective))
      }
      // Adding 0 turns -0 into 0, so that equal values are equal in every comparison.
      costs.append(zip(point, senses).map { $1 == .minimize ? $0 + 0 : 0 - $0 })
    }
    let order = costs.indices.sorted { costs[$0].lexicographicallyPrecedes(costs[$1]) }
    let front = senses.count <= 2 ? sweep(order, costs) : compare(order, costs)
    return .success(front.sorted())
  }

  /// In the order of the first objective, a point is on the front if its second is better than all before it.
  private static func sweep(_ order: [Int], _ costs: [[Double]]) -> [Int] {
    var front: [Int] = []
    for position in order {
      guard let last = front.last else {
        front.append(position)
        continue
      }
      let point = costs[position]
      let isBetter = point.count == 2 && point[1] < costs[last][1]
      if isBetter || point == costs[last] { front.append(position) }
    }
    return front
  }

  /// In lexicographic order a point can be beaten only by one before it, and then also by one of the front.
  private static func compare(_ order: [Int], _ costs: [[Double]]) -> [Int] {
    var front: [Int] = []
    for position in order where !front.contains(where: { beats(costs[$0], costs[position]) }) {
      front.append(position)
    }
    return front
  }

  private static func beats(_ first: [Double], _ second: [Double]) -> Bool {
    first != second && zip(first, second).allSatisfy { $0 <= $1 }
  }
}
