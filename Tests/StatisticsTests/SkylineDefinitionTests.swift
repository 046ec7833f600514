// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Statistics
import Testing

/// The probabilistic skyline of clouds that are larger than what is taken at once, beside its definition.
@Suite struct SkylineDefinitionTests {
  enum Noise: CaseIterable { case own, shared, wide, none, some }

  private func metrics(_ noise: Noise, _ count: Int, _ dimension: Int) -> [ParetoMetric] {
    var random = SeededGenerator(seed: UInt64(count + dimension))
    return (0..<dimension).map { index in
      // Ties, and values that lie far apart.
      let values = (0..<count).map { _ in (random.unit() * 400).rounded(.down) / 40 }
      let deviations = values.map { _ -> Double in
        switch noise {
        case .own, .shared: 0.02 + 0.1 * random.unit()
        case .wide: 5 + 20 * random.unit()
        case .none: 0
        case .some: random.unit() < 0.5 ? 0 : 0.1
        }
      }
      return ParetoMetric(
        "m\(index)", sense: index % 2 == 0 ? .maximize : .minimize, scale: .difference, values: values,
        deviations: deviations, tolerance: 0,
        measurements: noise == .shared && index == 0 ? (0..<count).map { $0 / 3 } : nil)
    }
  }

  /// The probability that a row is at least as good as another in every metric; `nil` if all are certainly equal.
  private func wins(_ j: Int, _ i: Int, _ metrics: [ParetoMetric]) -> Double? {
    var probability = 1.0
    var isEqual = true
    for metric in metrics {
      let sign = metric.sense == .maximize ? 1.0 : -1.0
      let gain = sign * (metric.values[j] - metric.values[i])
      let deviations = metric.deviations ?? []
      let isShared = metric.measurements.map { $0[i] != nil && $0[i] == $0[j] } ?? false
      let deviation = isShared ? 0 : (deviations[i] * deviations[i] + deviations[j] * deviations[j]).squareRoot()
      if deviation == 0 {
        if gain != 0 { isEqual = false }
        probability *= gain >= 0 ? 1 : 0
      } else {
        isEqual = false
        probability *= 0.5 * erfc(-gain / deviation / 2.0.squareRoot())
      }
    }
    return isEqual ? nil : probability
  }

  @Test(arguments: Noise.allCases, [1, 2, 3])
  func agreesWithItsDefinition(noise: Noise, dimension: Int) throws {
    let count = 700
    let metrics = metrics(noise, count, dimension)
    let weights = (0..<count).map { [1, 0.5, 2][$0 % 3] }
    for weights in [nil, weights] {
      let scores = try Paretoness.scores(of: metrics, weights: weights).scores
      for i in 0..<count {
        var (logarithm, expected) = (0.0, 0.0)
        for j in 0..<count where j != i {
          guard let wins = wins(j, i, metrics) else { continue }
          let weight = weights?[j] ?? 1
          expected += weight * wins
          logarithm += weight * log(max(0x1p-53, 1 - wins))
        }
        #expect(abs(scores[i].expectedBetter - expected) <= 1e-6 * max(1, expected), "\(i)")
        #expect(abs(scores[i].probability - exp(logarithm)) <= 1e-6, "\(i)")
        #expect(abs(scores[i].logProbability - logarithm) <= 1e-3 * max(1, abs(logarithm)), "\(i)")
      }
    }
  }
}
