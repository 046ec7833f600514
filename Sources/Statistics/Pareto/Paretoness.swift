// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How sure it is that a row belongs to the Pareto front, given the noise of the measurements.
public struct ParetoScore: Sendable, Hashable, Codable {
  /// π: the probability that no other row beats this one.
  public let probability: Double
  /// L = ln π, which still tells rows apart whose π is 0 in a `Double`.
  public let logProbability: Double
  /// λ: the expected number of rows that beat this one (weighted by effort).
  public let expectedBetter: Double
  /// S = λ / Σw: the share of the other rows that beats it; 0 if there are none.
  public let share: Double

  /// How many rows drawn like these are tried, on average, until one beats it: 1 / S; infinite if none does.
  public var triesToBeat: Double { share > 0 ? 1 / share : .infinity }
}

/// The probabilistic skyline (Pei, Jiang, Lin, Yuan, "Probabilistic skylines on uncertain data", VLDB 2007) of noisy
/// measurements.
public enum Paretoness {
  /// Scores the rows that can be compared.
  /// - Parameters:
  ///   - rows: the positions to compare, `nil` for all.
  ///   - weights: the effort behind each row, positive; `nil` for 1 each.
  /// - Returns: the valid and the excluded rows, and a score for each valid row, in the order of `validity.valid`.
  public static func scores(
    of metrics: [ParetoMetric], rows: [Int]? = nil, weights: [Double]? = nil
  ) throws(ParetoRefusal) -> (validity: ParetoValidity, scores: [ParetoScore]) {
    let validity = try ParetoValidity(of: metrics, rows: rows)
    return (validity, try NoisyDominance(metrics, validity.valid, weights).scores())
  }
}
