// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Statistics
import Testing

/// What SciPy computes; see Fixtures/ORIGIN.md.
private struct RateFixture: Decodable {
  struct StoppingCase: Decodable {
    var percentile: Double
    var confidence: Double
    var above: Int
    var below: Int
  }
  struct BatchCase: Decodable {
    var rates: [Double]
    var ends: [Double]
  }
  var earlyStopping: [StoppingCase]
  var batchMeans: [BatchCase]

  static func load(in file: String = #filePath) throws -> RateFixture {
    let url = URL(filePath: file).deletingLastPathComponent().appending(path: "Fixtures/rates.json")
    return try JSONDecoder().decode(RateFixture.self, from: Data(contentsOf: url))
  }
}

@Suite("Early stopping")
struct EarlyStoppingTests {
  @Test func `agrees with SciPy's binomial distribution`() throws {
    for expected in try RateFixture.load().earlyStopping {
      let test = try #require(EarlyStopping(percentile: expected.percentile, confidence: expected.confidence))
      #expect(test.leastBelow(above: expected.above) == expected.below, "\(expected)")
    }
  }

  @Test func `asks for as many values as MLPerf's rules say`() throws {
    // MLPerf's rules: 64 queries for the 90th percentile, 662 for the 99th.
    #expect(EarlyStopping(percentile: 0.9)?.minimumCount == 64)
    #expect(EarlyStopping(percentile: 0.99)?.minimumCount == 662)
    let test = try #require(EarlyStopping())
    #expect(test.position(count: 63) == nil && test.position(count: 64) == 63)
    #expect(test.bound((1...64).reversed().map(Double.init)) == 64 && test.bound([]) == nil)
  }

  @Test func `leaves out as many values as it may, and no more`() throws {
    let test = try #require(EarlyStopping(percentile: 0.9))
    for count in [64, 65, 100, 333, 3000] {
      let above = count - (try #require(test.position(count: count)))
      #expect(test.leastBelow(above: above) + above <= count)
      #expect(test.leastBelow(above: above + 1) + above + 1 > count)
    }
    #expect(EarlyStopping(percentile: 1) == nil && EarlyStopping(percentile: 0.9, confidence: 0) == nil)
  }
}

@Suite("Rates in windows")
struct WindowedRatesTests {
  @Test func `count events where they ended, and leave out the window that isn't full`() {
    var rates = WindowedRates(windowSeconds: 0.5)
    rates.add(4, at: 0.1)
    rates.add(at: 0.49)
    rates.add(2, at: 1.2)
    rates.add(at: -1)
    rates.add(at: .nan)
    #expect(rates.counts == [6, 0, 2])
    #expect(
      rates.rates(until: 1.2) == [12, 0] && rates.rates(until: 99) == [12, 0, 4] && rates.rates(until: -1) == [])
    var other = WindowedRates(windowSeconds: 0.5)
    other.add(7, at: 1.9)
    rates.add(other)
    #expect(rates.counts == [6, 0, 2, 7])
  }

  @Test func `have the interval of SciPy's Student's t on batch means`() throws {
    for expected in try RateFixture.load().batchMeans {
      let interval = try #require(Interval.batchMeans(expected.rates))
      #expect(agree(interval.lower, expected.ends[0], 1e-9) && agree(interval.upper, expected.ends[1], 1e-9))
      #expect(interval.method == "t-of-batch-means")
    }
    #expect(Interval.batchMeans([1, 2, 3]) == nil)
  }
}
