// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Statistics
import Testing

@Suite("Generators")
struct GeneratorTests {
  @Test func `SplitMix64 gives the published numbers`() {
    // Rosetta Code, "Pseudo-random numbers/Splitmix64", seed 1234567.
    var generator = SplitMix64(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
      16_408_922_859_458_223_821,
    ]
    #expect(expected.map { _ in generator.next() } == expected)
  }

  @Test func `xoshiro256 gives the published numbers`() throws {
    // The reference vector of Rust's rand_xoshiro for the state 1, 2, 3, 4.
    var generator = try #require(SeededGenerator(state: (1, 2, 3, 4)))
    #expect(SeededGenerator(state: (0, 0, 0, 0)).map { _ in true } == nil)
    let expected: [UInt64] = [
      11520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360, 607_988_272_756_665_600,
      16_172_922_978_634_559_625, 8_476_171_486_693_032_832, 10_595_114_339_597_558_777, 2_904_607_092_377_533_576,
    ]
    #expect(expected.map { _ in generator.next() } == expected)
  }

  @Test func `a seed fixes the order of a shuffle`() {
    var (first, second, third) = (SeededGenerator(seed: 3), SeededGenerator(seed: 3), SeededGenerator(seed: 4))
    let shuffled = first.shuffled(Array(0..<100))
    #expect(shuffled == second.shuffled(Array(0..<100)))
    #expect(shuffled != third.shuffled(Array(0..<100)))
    #expect(shuffled.sorted() == Array(0..<100))
  }

  @Test func `numbers below a bound are evenly spread and stay below it`() {
    var generator = SeededGenerator(seed: 1)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[generator.number(below: 7)] += 1 }
    // Six standard deviations of a binomial count.
    #expect(counts.allSatisfy { abs($0 - 10_000) < 560 })
    #expect(generator.number(below: 1) == 0 && generator.number(below: 0) == 0)
    #expect((0..<1000).allSatisfy { _ in (0..<1).contains(generator.unit()) })
  }
}

@Suite("Pareto fronts")
struct ParetoFrontTests {
  @Test func `keep points that are equal`() throws {
    let points: [[Double]] = [[1, 2], [1, 2], [0, 3], [1, 3], [2, 2]]
    #expect(try ParetoFront.positions(of: points, senses: [.minimize, .minimize]).get() == [0, 1, 2])
    #expect(try ParetoFront.positions(of: [[1], [2], [1]], senses: [.minimize]).get() == [0, 2])
    #expect(try ParetoFront.positions(of: [[0.0, 1], [-0.0, 1]], senses: [.maximize, .minimize]).get() == [0, 1])
  }

  @Test func `refuse what can't be compared, naming it`() {
    let senses: [ParetoFront.Sense] = [.minimize, .maximize]
    #expect(ParetoFront.positions(of: [[1, .nan]], senses: senses) == .failure(.notFinite(point: 0, objective: 1)))
    #expect(
      ParetoFront.positions(of: [[1, 2], [.infinity, 2]], senses: senses)
        == .failure(.notFinite(point: 1, objective: 0)))
    #expect(ParetoFront.positions(of: [[1, 2], [1]], senses: senses) == .failure(.wrongDimension(point: 1)))
    #expect(ParetoFront.positions(of: [], senses: []) == .failure(.noObjectives))
    #expect(ParetoFront.positions(of: [], senses: senses) == .success([]))
  }

  @Test func `are what the definition says, for drawn points`() throws {
    var generator = SeededGenerator(seed: 9)
    for dimension in 1...4 {
      for _ in 0..<50 {
        let points = (0..<30).map { _ in (0..<dimension).map { _ in Double(generator.number(below: 5)) } }
        let senses: [ParetoFront.Sense] = (0..<dimension).map { $0 % 2 == 0 ? .minimize : .maximize }
        let costs = points.map { zip($0, senses).map { $1 == .minimize ? $0 : -$0 } }
        let expected = costs.indices.filter { one in
          !costs.contains { other in other != costs[one] && zip(other, costs[one]).allSatisfy { $0 <= $1 } }
        }
        #expect(try ParetoFront.positions(of: points, senses: senses).get() == expected)
      }
    }
  }
}

@Suite("Statistics refuse")
struct RefusalTests {
  @Test func `empty and non-finite input`() {
    #expect(Summary([]) == nil && Summary([1, .nan]) == nil && Summary([.infinity]) == nil)
    #expect(Percentile.value(at: .nan, ofSorted: [1]) == nil && Percentile.median([]) == nil)
    #expect(DriftTest([1, 2, 3]) == nil && DriftTest([1, 2, 3, .nan]) == nil)
    #expect(Interval.betweenProcesses([1]) == nil && Interval.betweenProcesses([1, .nan]) == nil)
    #expect(Interval.ratio(of: [1, 2], to: [1, 0]) == nil && Interval.ratio(of: [1, 2], to: [1]) == nil)
    #expect(Interval.wilson(successes: 2, of: 1) == nil && Interval.wilson(successes: 0, of: 0) == nil)
    #expect(McNemarTest(onlyFirst: -1, onlySecond: 0) == nil)
    #expect(StudentT.quantile(0, degrees: 3).isNaN && StudentT.quantile(0.5, degrees: 0).isNaN)
  }
}

@Suite("Bootstrap intervals")
struct BootstrapTests {
  @Test func `repeat with their seed and hold the statistic`() throws {
    var generator = SeededGenerator(seed: 2)
    let values = (0..<200).map { _ in generator.unit() }
    func interval(_ seed: UInt64) throws -> Interval {
      try #require(Interval.bootstrap(values, seed: seed) { Percentile.median($0) ?? .nan })
    }
    let first = try interval(1)
    #expect(try first == interval(1))
    #expect(try first != interval(2))
    let median = try #require(Percentile.median(values))
    #expect(first.lower < median && median < first.upper)
    #expect(first.upper - first.lower < 0.25)
  }
}

@Suite("Settling")
struct SettlingTests {
  @Test func `waits for a slow start to end`() {
    let test = SettlingTest(windowLength: 5, windows: 4, tolerance: 0.02)
    let start = (0..<100).map { 1 + 2 / Double($0 + 1) }
    #expect(!test.hasSettled(Array(start.prefix(30))))
    #expect(test.hasSettled(start + [Double](repeating: 1, count: 20)))
  }

  @Test func `doesn't mind single slow values, nor judges too few`() {
    let test = SettlingTest(windowLength: 5, windows: 4, tolerance: 0.02)
    var values = [Double](repeating: 1, count: 20)
    for index in [3, 9, 17] { values[index] = 50 }
    #expect(test.hasSettled(values))
    #expect(!test.hasSettled(Array(values.prefix(19))))
    #expect(!test.hasSettled([Double](repeating: .nan, count: 20)))
  }
}
