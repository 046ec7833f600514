// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The smallest set that has an element in common with each of several sets.
enum HittingSet {
  /// The most steps before giving up.
  private static let stepLimit = 100_000

  /// The smallest hitting set with at least `minimum` and at most `maximum` elements, the first in the order of
  /// branching; `nil` if there is none, or `isCertain` is false and there may be one.
  ///
  /// - Parameter minimum: A size that is known not to be too large.
  static func smallest(
    of sets: [[Int]], from minimum: Int, upTo maximum: Int
  ) -> (elements: [Int]?, isCertain: Bool) {
    guard minimum <= maximum else { return (nil, true) }
    var steps = 0
    let sets = sets.sorted { $0.count < $1.count }
    for size in minimum...maximum {
      if let found = extend([], by: size, sets, &steps) { return (found.sorted(), true) }
      if steps > stepLimit { return (nil, false) }
    }
    return (nil, true)
  }

  private static func extend(_ chosen: [Int], by count: Int, _ sets: [[Int]], _ steps: inout Int) -> [Int]? {
    steps += 1
    guard steps <= stepLimit else { return nil }
    guard let open = sets.first(where: { set in !set.contains { chosen.contains($0) } }) else { return chosen }
    guard count > 0 else { return nil }
    for element in open {
      if let found = extend(chosen + [element], by: count - 1, sets, &steps) { return found }
    }
    return nil
  }
}
