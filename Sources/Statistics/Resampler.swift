// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Draws bootstrap samples of items: with replacement, as many as there are, as how often each item was drawn (Efron
/// 1979). With strata, each stratum keeps its number of items (Davison and Hinkley, "Bootstrap methods and their
/// application", 1997, section 3.2).
public struct Resampler: Sendable {
  /// Number of items.
  public let count: Int
  private let strata: [[Int]]
  private var generator: SeededGenerator

  /// Draws from all items alike.
  /// - Parameter seed: Equal seeds give equal samples.
  public init(count: Int, seed: UInt64) {
    self.init(strata: [Array(0..<max(count, 0))], count: max(count, 0), seed: seed)
  }

  /// Draws from each stratum as many items as it has.
  /// - Parameter strata: the stratum of each item, numbered in any way.
  public init(strata: [Int], seed: UInt64) {
    var members: [Int: [Int]] = [:]
    for (item, stratum) in strata.enumerated() { members[stratum, default: []].append(item) }
    self.init(strata: members.sorted { $0.key < $1.key }.map(\.value), count: strata.count, seed: seed)
  }

  private init(strata: [[Int]], count: Int, seed: UInt64) {
    self.strata = strata
    self.count = count
    generator = SeededGenerator(seed: seed)
  }

  /// How often each item is in the next sample; the sum is `count`.
  public mutating func next() -> [Int] {
    var counts = [Int](repeating: 0, count: count)
    for members in strata {
      for _ in members.indices { counts[members[generator.number(below: members.count)]] += 1 }
    }
    return counts
  }
}
