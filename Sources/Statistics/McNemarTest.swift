// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// McNemar's test of two classifiers on the same items, exact: under the null hypothesis each item on which exactly
/// one of them is right is a fair coin (McNemar 1947).
public struct McNemarTest: Sendable, Hashable, Codable {
  /// Items that only the first classifier answers correctly.
  public let onlyFirst: Int
  /// Items that only the second classifier answers correctly.
  public let onlySecond: Int
  /// Two-sided probability of counts at least this unequal if both classifiers are equally good.
  public let pValue: Double

  /// Tests the counts of discordant items.
  /// - Returns: `nil` for negative counts.
  public init?(onlyFirst: Int, onlySecond: Int) {
    guard onlyFirst >= 0, onlySecond >= 0 else { return nil }
    self.onlyFirst = onlyFirst
    self.onlySecond = onlySecond
    pValue = Self.twoSided(min(onlyFirst, onlySecond), of: onlyFirst + onlySecond)
  }

  /// Twice the probability of at most `count` heads in `trials` throws of a fair coin, at most 1.
  private static func twoSided(_ count: Int, of trials: Int) -> Double {
    let n = Double(trials)
    let logTotal = lgamma(n + 1) - n * log(2)
    // From the smallest term to the largest, so that little is lost.
    let tail = (0...count).reduce(0.0) { sum, k in
      sum + exp(logTotal - lgamma(Double(k) + 1) - lgamma(n - Double(k) + 1))
    }
    return min(1, 2 * tail)
  }
}
