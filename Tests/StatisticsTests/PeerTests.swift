// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Statistics
import Testing

@Suite("Statistics agree with")
struct PeerTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture.load() }

  @Test func `NumPy and SciPy in summaries`() throws {
    for expected in fixture.summaries {
      let sorted = expected.values.sorted()
      for (fraction, percentile) in zip(fixture.fractions, expected.percentiles) {
        #expect(agree(try #require(Percentile.value(at: fraction, ofSorted: sorted)), percentile, 1e-14))
      }
      let summary = try #require(Summary(expected.values))
      #expect(summary.count == expected.values.count)
      #expect(agree(summary.mean, expected.mean, 1e-14))
      #expect(agree(summary.standardDeviation, expected.deviation, 1e-13))
      #expect(agree(summary.medianAbsoluteDeviation, expected.mad, 1e-14))
      #expect(summary.minimum == sorted.first && summary.maximum == sorted.last)
      let tail = [summary.median, summary.p90, summary.p95, summary.p99]
      for (value, index) in zip(tail, 4...7) { #expect(agree(value, expected.percentiles[index], 1e-14)) }
    }
  }

  @Test func `SciPy in quantiles of the normal distribution`() {
    for expected in fixture.distributions.normal {
      #expect(agree(NormalDistribution.quantile(expected.p), expected.quantile, 1e-9))
    }
  }

  @Test func `SciPy in Student's t distribution`() {
    for expected in fixture.distributions.student {
      let quantile = StudentT.quantile(expected.p, degrees: expected.degrees)
      #expect(agree(quantile, expected.quantile, 1e-8), "\(expected)")
      let cumulative = StudentT.cumulative(2.5 * expected.p - 1, degrees: expected.degrees)
      #expect(agree(cumulative, expected.cumulative, 1e-12), "\(expected)")
    }
  }

  @Test func `statsmodels in Wilson intervals`() throws {
    for expected in fixture.wilson {
      let interval = try #require(
        Interval.wilson(successes: expected.successes, of: expected.trials, level: expected.level))
      #expect(agree(interval.lower, expected.ends[0]), "\(expected)")
      #expect(agree(interval.upper, expected.ends[1]), "\(expected)")
    }
  }

  @Test func `statsmodels in exact McNemar tests`() throws {
    for expected in fixture.mcnemar {
      let test = try #require(McNemarTest(onlyFirst: expected.b, onlySecond: expected.c))
      #expect(agree(test.pValue, expected.p, 1e-11), "\(expected)")
    }
  }

  @Test func `pymannkendall in drift tests`() throws {
    for expected in fixture.drift {
      let test = try #require(DriftTest(expected.values))
      #expect(agree(test.slope, expected.slope, 1e-12))
      #expect(agree(test.pValue, expected.p, 1e-9), "\(test.pValue) \(expected.p)")
    }
  }

  @Test func `SciPy in intervals between processes and of ratios`() throws {
    let expected = fixture.intervals
    let interval = try #require(Interval.betweenProcesses(expected.a))
    #expect(agree(interval.lower, expected.ofA[0], 1e-9) && agree(interval.upper, expected.ofA[1], 1e-9))
    let (ratio, ends) = try #require(Interval.ratio(of: expected.a, to: expected.b))
    #expect(agree(ratio, expected.ratio, 1e-12))
    #expect(agree(ends.lower, expected.ratioEnds[0], 1e-9) && agree(ends.upper, expected.ratioEnds[1], 1e-9))
  }

  @Test func `paretoset in fronts of one to four objectives, with ties`() throws {
    for expected in fixture.fronts {
      let senses = expected.senses.map { $0 == "min" ? ParetoFront.Sense.minimize : .maximize }
      #expect(try ParetoFront.positions(of: expected.points, senses: senses).get() == expected.front)
    }
  }
}
