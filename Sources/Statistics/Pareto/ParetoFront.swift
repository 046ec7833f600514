// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The choices that no other choice beats: at least as good in every objective and better in one.
public enum ParetoFront {
  /// Whether a smaller or a larger value is better.
  public enum Sense: String, Sendable, Hashable, Codable { case minimize, maximize }

  /// Why there is no front.
  public enum Refusal: Error, Sendable, Hashable {
    /// A point has another number of values than there are objectives, or a column another length than the first.
    case wrongDimension(point: Int)
    /// A value is NaN or infinite, so that it can't be compared.
    case notFinite(point: Int, objective: Int)
    /// There are no objectives.
    case noObjectives
  }

  /// The positions of the points on the front, in ascending order; see `positions(ofColumns:senses:distinct:)`.
  public static func positions(of points: [[Double]], senses: [Sense]) -> Result<[Int], Refusal> {
    guard !senses.isEmpty else { return .failure(.noObjectives) }
    var columns = senses.map { _ in [Double]() }
    for objective in columns.indices { columns[objective].reserveCapacity(points.count) }
    for (position, point) in points.enumerated() {
      guard point.count == senses.count else { return .failure(.wrongDimension(point: position)) }
      for objective in columns.indices { columns[objective].append(point[objective]) }
    }
    return positions(ofColumns: columns, senses: senses)
  }

  /// The positions of the points on the front, in ascending order. Points that are equal in every objective are kept
  /// together, since none beats the other, unless `distinct` asks for the first of them only.
  ///
  /// With two objectives most points are thrown out by a staircase of a sample in one pass, and the rest is put into
  /// buckets and swept; with three the rest is swept over a Fenwick tree, O(n log n) (Kung, Luccio, Preparata, "On finding
  /// the maxima of a set of vectors", 1975); with more it is sorted and each point compared with the front so far,
  /// O(n · front) (Chomicki, Godfrey, Gryz, Liang, "Skyline with presorting", 2003).
  /// - Parameter columns: for each objective one value for each point.
  public static func positions(
    ofColumns columns: [[Double]], senses: [Sense], distinct: Bool = false
  ) -> Result<[Int], Refusal> {
    let front = undominated(columns, senses)
    guard distinct else { return front }
    return front.map { positions in
      var seen: Set<[Double]> = []
      return positions.filter { position in seen.insert(columns.map { $0[position] }).inserted }
    }
  }

  private static func undominated(_ columns: [[Double]], _ senses: [Sense]) -> Result<[Int], Refusal> {
    if columns.count == 2, senses.count == 2, columns[0].count == columns[1].count,
      let front = PlanarFront.positions(columns[0], columns[1], senses: senses)
    {
      return .success(front)
    }
    return CostTable.checked(columns, senses: senses).map { $0.front() }
  }

  /// The layer of each point: 0 on the front, 1 on the front of what remains without it, and so on.
  ///
  /// With two objectives O(n log n) (Jensen, "Reducing the run-time complexity of multiobjective EAs", 2003); with more
  /// each point is placed by a binary search over the layers (Zhang, Tian, Cheng, Jin, "An efficient approach to
  /// nondominated sorting", 2015).
  /// - Parameter columns: for each objective one value for each point.
  public static func layers(ofColumns columns: [[Double]], senses: [Sense]) -> Result<[Int], Refusal> {
    CostTable.checked(columns, senses: senses).map { $0.layers() }
  }
}
