// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Finds hashes near each other without comparing all with all.
///
/// The bits are cut into `limit + 2` bands. Two hashes that differ in at most `limit` bits agree in at least two of
/// them, so only hashes that share two bands are compared (Manku, Jain and Das Sarma, "Detecting near-duplicates for
/// web crawling", 2007). One item is told of one other in each group, not of all: a thousand pictures of one scene give a
/// thousand pairs, not half a million.
package struct NearSearch {
  /// Bits in which two hashes may differ: at most 14.
  package let limit: Int
  /// Hashes of one group that are compared with one hash in one table. More than so many different hashes share two bands
  /// only in data sets of one scene; the bound keeps the time proportional to the number of hashes.
  package static let mostCompared = 256

  package init(limit: Int) { self.limit = min(max(limit, 0), 14) }

  /// Pairs of positions, the first before the second, in order: for each hash the first one near it in each group.
  /// - Parameter groups: the group of each hash, such as its subset. Copies of one hash in one group are paired with its first only.
  package func pairs(_ hashes: [PerceptualHash?], groups: [String]) -> [(Int, Int)] {
    var partners: [Int: [String: Int]] = [:]
    func tell(_ position: Int, of other: Int) {
      let (first, second) = (min(position, other), max(position, other))
      let known = partners[second]?[groups[first]] ?? .max
      partners[second, default: [:]][groups[first]] = min(known, first)
    }
    let distinct = distinct(hashes, groups, tell)
    for mask in masks {
      var buckets: [UInt64: [String: [Int]]] = [:]
      for position in distinct {
        guard let hash = hashes[position] else { continue }
        for (_, others) in buckets[hash.bits & mask] ?? [:] {
          let near = others.prefix(Self.mostCompared).first { other in
            hashes[other].map { $0.distance(to: hash) <= limit } == true
          }
          if let near { tell(position, of: near) }
        }
        buckets[hash.bits & mask, default: [:]][groups[position], default: []].append(position)
      }
    }
    return partners.flatMap { second, firsts in firsts.values.map { ($0, second) } }.sorted { $0 < $1 }
  }

  /// The first position of each hash in each group; the others are told of them.
  private func distinct(
    _ hashes: [PerceptualHash?], _ groups: [String], _ tell: (Int, Int) -> Void
  ) -> [Int] {
    var firsts: [PerceptualHash: [String: Int]] = [:]
    var distinct: [Int] = []
    for (position, hash) in hashes.enumerated() {
      guard let hash, !hash.isFlat else { continue }
      for (_, first) in firsts[hash] ?? [:] { tell(position, first) }
      guard firsts[hash]?[groups[position]] == nil else { continue }
      firsts[hash, default: [:]][groups[position]] = position
      distinct.append(position)
    }
    return distinct
  }

  /// The masks of every two bands.
  private var masks: [UInt64] {
    let count = limit + 2
    let bands = (0..<count).map { band -> UInt64 in
      let (start, end) = (band * 64 / count, (band + 1) * 64 / count)
      return ((1 << UInt64(end - start)) - 1) << UInt64(start)
    }
    return bands.indices.flatMap { first in bands[(first + 1)...].map { bands[first] | $0 } }
  }
}
