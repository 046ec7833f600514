// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Statistics
import Testing

/// The definition: no other point is at least as good in every objective and better in one.
private func defined(_ columns: [[Double]], _ senses: [ParetoFront.Sense]) -> [Int] {
  let count = columns.first?.count ?? 0
  let costs = zip(columns, senses).map { column, sense in column.map { sense == .minimize ? $0 : -$0 } }
  return (0..<count).filter { point in
    !(0..<count).contains { other in
      costs.allSatisfy { $0[other] <= $0[point] } && costs.contains { $0[other] < $0[point] }
    }
  }
}

@Suite("The Pareto choice")
struct ParetoPropertyTests {
  enum Shape: CaseIterable { case uniform, tied, few, anti, strict, line, exponents, constant, zeros }

  static func cloud(_ shape: Shape, _ count: Int, _ dimension: Int, seed: UInt64) -> [[Double]] {
    var random = SeededGenerator(seed: seed)
    var columns = Array(repeating: [Double](), count: dimension)
    for _ in 0..<count {
      let common = random.unit()
      for objective in 0..<dimension {
        let own = random.unit()
        let value: Double
        switch shape {
        case .uniform: value = own
        case .tied: value = (own * 30).rounded(.down)
        case .few: value = (own * 2).rounded(.down)
        case .anti: value = (objective == 0 ? common : 1 - common) + 0.02 * own
        case .strict: value = objective == 0 ? common : 1 - common
        case .line: value = common
        case .exponents:
          value = (own < 0.5 ? -1 : 1) * Double(sign: .plus, exponent: Int(common * 2000) - 1000, significand: 1 + own)
        case .constant: value = 3
        case .zeros: value = own < 0.3 ? -0.0 : own < 0.6 ? 0 : own
        }
        columns[objective].append(value)
      }
    }
    return columns
  }

  @Test(arguments: Shape.allCases, [1, 2, 3, 4])
  func `keeps what the definition keeps`(shape: Shape, dimension: Int) throws {
    for count in [0, 1, 2, 30, 200] {
      let columns = Self.cloud(shape, count, dimension, seed: UInt64(count + dimension))
      let senses: [ParetoFront.Sense] = (0..<dimension).map { $0 % 2 == 0 ? .minimize : .maximize }
      for senses in [senses, senses.map { _ in .minimize }] {
        let front = try ParetoFront.positions(ofColumns: columns, senses: senses).get()
        #expect(front == defined(columns, senses), "\(count)")
        let layers = try ParetoFront.layers(ofColumns: columns, senses: senses).get()
        #expect(layers.indices.filter { layers[$0] == 0 } == front)
      }
    }
  }

  /// Enough points that a sample throws most out first.
  @Test(arguments: Shape.allCases, [2, 3, 4])
  func `keeps the same of many points as layer by layer`(shape: Shape, dimension: Int) throws {
    // Where all are on a front of four objectives, every pair is compared.
    guard dimension < 4 || ![.strict, .constant, .few, .zeros, .line].contains(shape) else { return }
    let columns = Self.cloud(shape, 4_500, dimension, seed: 7)
    let senses: [ParetoFront.Sense] = (0..<dimension).map { $0 == 1 ? .maximize : .minimize }
    let front = try ParetoFront.positions(ofColumns: columns, senses: senses).get()
    let isOnFront = Set(front)
    let costs = zip(columns, senses).map { column, sense in column.map { sense == .minimize ? $0 : -$0 } }
    // Nobody on the front beats another of it, and everybody else is beaten by one of it.
    for point in stride(from: 0, to: 4_500, by: 211) {
      let isBeaten = front.contains { other in
        costs.allSatisfy { $0[other] <= $0[point] } && costs.contains { $0[other] < $0[point] }
      }
      #expect(isBeaten != isOnFront.contains(point))
    }
  }

  @Test func `refuses what is not finite, wherever it is`() {
    var columns = Self.cloud(.uniform, 10_000, 2, seed: 3)
    columns[1][7_777] = .infinity
    let senses: [ParetoFront.Sense] = [.minimize, .minimize]
    #expect(
      ParetoFront.positions(ofColumns: columns, senses: senses) == .failure(.notFinite(point: 7_777, objective: 1)))
    columns[1][7_777] = .nan
    #expect(
      ParetoFront.positions(ofColumns: columns, senses: senses) == .failure(.notFinite(point: 7_777, objective: 1)))
    #expect(ParetoFront.positions(ofColumns: [[1], []], senses: senses) == .failure(.wrongDimension(point: 0)))
    #expect(ParetoFront.positions(ofColumns: [], senses: []) == .failure(.noObjectives))
  }

  @Test(arguments: Shape.allCases)
  func `becomes exact where there is no noise`(shape: Shape) throws {
    let columns = Self.cloud(shape, 300, 2, seed: 11)
    let metrics = columns.enumerated().map { index, values in
      ParetoMetric("m\(index)", sense: .maximize, scale: .difference, values: values, tolerance: 0)
    }
    let scores = try Paretoness.scores(of: metrics).scores
    let front = Set(try ParetoFront.positions(ofColumns: columns, senses: [.maximize, .maximize]).get())
    for (row, score) in scores.enumerated() {
      #expect(front.contains(row) ? score.probability == 1 && score.expectedBetter == 0 : score.probability < 1e-15)
    }
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func `approaches the exact front while noise goes to 0`(seed: UInt64) throws {
    let columns = Self.cloud(.uniform, 200, 2, seed: seed)
    let front = Set(try ParetoFront.positions(ofColumns: columns, senses: [.maximize, .maximize]).get())
    var errors: [Double] = []
    for noise in [0.1, 0.01, 0.001, 1e-5, 1e-9] {
      let metrics = columns.map { values in
        ParetoMetric("m", sense: .maximize, scale: .difference, values: values, tolerance: noise)
      }
      let scores = try Paretoness.scores(of: metrics).scores
      errors.append(scores.enumerated().map { abs($1.probability - (front.contains($0) ? 1 : 0)) }.max() ?? 1)
    }
    #expect(errors.last == 0 || (errors.last ?? 1) < 1e-12)
    #expect(errors[0] > errors[4])
  }

  /// With one noise for all and equal weights, a row that another dominates is never surer of its place.
  @Test func `never prefers a row to one that dominates it, and doesn't depend on the order of rows`() throws {
    let columns = Self.cloud(.uniform, 150, 2, seed: 5)
    let metrics = columns.map { ParetoMetric("m", sense: .maximize, scale: .difference, values: $0, tolerance: 0.05) }
    let scores = try Paretoness.scores(of: metrics).scores
    for i in 0..<150 {
      for j in 0..<150 where columns[0][i] > columns[0][j] && columns[1][i] > columns[1][j] {
        #expect(scores[i].logProbability >= scores[j].logProbability)
      }
    }
    let reversed = columns.map {
      ParetoMetric("m", sense: .maximize, scale: .difference, values: $0.reversed(), tolerance: 0.05)
    }
    for (score, other) in zip(scores, try Paretoness.scores(of: reversed).scores.reversed()) {
      #expect(agree(score.logProbability, other.logProbability, 1e-12))
      #expect(agree(score.expectedBetter, other.expectedBetter, 1e-12))
    }
  }
}

@Suite("A menu")
struct ParetoMenuTests {
  static func metrics(_ columns: [[Double]]) -> [ParetoMetric] {
    columns.enumerated().map { ParetoMetric("m\($0)", sense: .minimize, scale: .difference, values: $1) }
  }

  /// All subsets of a size that keep the ends.
  static func best(_ columns: [[Double]], _ front: [Int], _ count: Int) throws -> Double {
    let nadir = columns.map { $0.max() ?? 0 }
    var best = 0.0
    for mask in 0..<(1 << front.count) where mask.nonzeroBitCount == count {
      guard count == 1 || (mask & 1 == 1 && mask >> (front.count - 1) == 1) else { continue }
      let rows = front.indices.filter { mask >> $0 & 1 == 1 }.map { front[$0] }
      let volume = try Hypervolume.volume(
        ofColumns: columns.map { column in rows.map { column[$0] } },
        senses: columns.map { _ in .minimize }, reference: nadir
      ).get()
      best = max(best, volume)
    }
    return best
  }

  @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6])
  func `covers as much as the best of all subsets in two metrics`(seed: UInt64) throws {
    var columns = ParetoPropertyTests.cloud(.anti, 10, 2, seed: seed)
    // A convex or concave front, and a corner far behind it.
    if seed % 2 == 0 { columns = columns.map { $0.map { $0 * $0 } } }
    columns = columns.map { $0 + [1.3] }
    let full = try ParetoMenu(of: Self.metrics(columns), count: 99)
    #expect(full.lostShare == 0 && full.regret == 0 && full.regrettedRow == nil && full.rows == full.front)
    for count in 1..<full.front.count {
      let menu = try ParetoMenu(of: Self.metrics(columns), count: count)
      #expect(menu.rows.count == count && menu.isOptimal)
      #expect(agree(menu.hypervolume, try Self.best(columns, full.front, count), 1e-12), "\(count)")
      if count > 1 { #expect(menu.rows.first == full.front.first && menu.rows.last == full.front.last) }
      #expect(menu.lostShare > 0 && menu.lostShare < 1 && menu.regret > 0)
    }
  }

  @Test func `is greedy in three metrics, keeps the best of each and loses at most 1/e`() throws {
    let columns = [0, 1, 2].map { objective in
      (0..<12).map { row in ParetoPropertyTests.cloud(.uniform, 12, 3, seed: 9)[objective][row] }
    }
    let full = try ParetoMenu(of: Self.metrics(columns), count: 99)
    let menu = try ParetoMenu(of: Self.metrics(columns), count: 4)
    #expect(!menu.isOptimal && full.isOptimal && menu.rows.count == 4)
    for column in columns {
      let best = try #require(full.front.min { column[$0] < column[$1] })
      #expect(menu.rows.contains(best))
    }
    #expect(menu.hypervolume <= full.hypervolume && menu.lostShare < 0.37)
  }

  @Test func `says in numbers what is lost`() throws {
    let menu = try ParetoMenu(
      of: Self.metrics([[0, 1, 2, 4, 4], [4, 2, 1, 0, 4]]), count: 3)
    #expect(menu.front == [0, 1, 2, 3] && menu.rows == [0, 2, 3])
    #expect(menu.frontHypervolume == 8 && menu.hypervolume == 6)
    #expect(menu.lostShare == 0.25 && menu.regret == 1 && menu.regrettedRow == 1)
    #expect(throws: ParetoRefusal.badCount(0)) { try ParetoMenu(of: Self.metrics([[1], [1]]), count: 0) }
  }
}
