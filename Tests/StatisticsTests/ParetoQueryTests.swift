// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Statistics
import Testing

/// Rows of LEIP's published volume for bdd100k on an A4500: milliseconds, accuracy, and what is expected of them with
/// independent deviations of 3 % and 0.002.
private let golden: [(time: Double, accuracy: Double, faster: Double, isExact: Bool, pi: Double, lambda: Double)] = [
  (1.752548, 0.123659, 7.443050, false, 0.000000, 1.508244),
  (1.052337, 0.123659, 12.395556, true, 1.000000, 0.000000),
  (4.603163, 0.123659, 2.833769, false, 0.000000, 6.000000),
  (3.652221, 0.206753, 3.571608, false, 0.134551, 1.230897),
  (1.940227, 0.206753, 6.723080, true, 1.000000, 0.000000),
  (7.730737, 0.206753, 1.687330, false, 0.058763, 1.764948),
  (13.044302, 0.208796, 1.000000, false, 0.223803, 1.205156),
  (3.398001, 0.208796, 3.838816, true, 0.756944, 0.245515),
  (2.766911, 0.155941, 4.714392, false, 0.000000, 1.500001),
  (1.421345, 0.155941, 9.177435, true, 1.000000, 0.000000),
  (6.075095, 0.155941, 2.147177, false, 0.000000, 4.000000),
]

@Suite("A Pareto query")
struct ParetoQueryTests {
  let accuracy = ParetoMetric(
    "od_task_metric", .quality, values: golden.map(\.accuracy), deviations: golden.map { _ in 0.002 })
  let time = ParetoMetric(
    "od_inf_rate_ms", .time, values: golden.map(\.time), deviations: golden.map { _ in 0.03 })

  @Test func `has LEIP's defaults`() {
    let query = ParetoQuery()
    #expect(query.method == .exact && query.order == .customBestToWorst && query.top == nil)
    #expect(
      ParetoQuery.Order.allCases.map(\.rawValue) == [
        "metric_custom_best_to_worst", "metric_accuracy_best_to_worst", "angular_custom_to_accuracy", "paretoness",
      ])
  }

  @Test func `gives the published rows their probabilities to six digits`() throws {
    let answer = try ParetoQuery(method: .fuzzy, order: .paretoness).answer(accuracy: accuracy, against: [time])
    #expect(answer.rows.count == golden.count && answer.excluded.isEmpty)
    for (row, score) in zip(answer.rows, answer.scores) {
      #expect(abs(score.probability - golden[row].pi) < 6e-7, "\(row) \(score)")
      #expect(abs(score.expectedBetter - golden[row].lambda) < 6e-7, "\(row) \(score)")
      #expect(abs(score.share - score.expectedBetter / 10) < 1e-12)
    }
    #expect(answer.scores.map(\.probability) == answer.scores.map(\.probability).sorted(by: >))
    #expect(answer.rows[3] == 7)
  }

  @Test func `normalizes by the worst valid row and names it`() throws {
    let answer = try ParetoQuery().answer(accuracy: accuracy, against: [time])
    #expect(answer.rows == [1, 9, 4, 7] && answer.front == [1, 9, 4, 7])
    #expect(answer.columns.map(\.name) == ["od_task_metric", "x times faster"])
    #expect(answer.columns[1].baseline == 6 && answer.columns[1].baselineValue == 13.044302)
    #expect(answer.columns[0].baseline == nil)
    for (value, expected) in zip(answer.columns[1].all, golden) { #expect(abs(value - expected.faster) < 6e-7) }
    #expect(answer.columns[1].chosen == answer.rows.map { answer.columns[1].all[$0] })
    #expect(answer.scores.isEmpty)
  }

  @Test func `turns a tie in a shared accuracy into certain dominance`() throws {
    let shared = ParetoMetric(
      "acc", .quality, values: golden.map(\.accuracy), deviations: golden.map { _ in 0.002 },
      measurements: [123, 123, 123, 135, 135, 135, 201, 201, 213, 213, 213])
    let scores = try Paretoness.scores(of: [shared, time]).scores
    #expect(scores[0].expectedBetter > 1.9 && scores[6].probability < 1e-6)
  }

  @Test(arguments: [
    (ParetoQuery.Order.customBestToWorst, [1, 9, 4, 7]), (.accuracyBestToWorst, [7, 4, 9, 1]),
    (.angular, [1, 9, 4, 7]), (.paretoness, [4, 9, 1, 7]),
  ])
  func `sorts the exact front`(order: ParetoQuery.Order, expected: [Int]) throws {
    #expect(try ParetoQuery(order: order).answer(accuracy: accuracy, against: [time]).rows == expected)
    let top = try ParetoQuery(order: order, top: 2).answer(accuracy: accuracy, against: [time])
    #expect(top.rows == Array(expected.prefix(2)))
  }

  @Test func `takes the surest of the fuzzy ranking before it sorts`() throws {
    let query = ParetoQuery(method: .fuzzy, order: .accuracyBestToWorst, top: 5)
    let answer = try query.answer(accuracy: accuracy, against: [time])
    #expect(answer.rows == [7, 6, 4, 9, 1])
    #expect(zip(answer.rows, answer.scores).allSatisfy { abs(golden[$0].pi - $1.probability) < 1e-6 })
  }

  @Test func `leaves out what can't be compared, with reasons`() throws {
    let energy = ParetoMetric("od_inf_energy_mJ", .energy, values: [0, 5, .nan, 2, -.infinity, 1])
    let accuracy = ParetoMetric("acc", .quality, values: [1, 0.9, 0.9, .nan, 0.5, 0])
    let answer = try ParetoQuery().answer(accuracy: accuracy, against: [energy])
    #expect(answer.valid == [1, 5] && answer.rows == [5, 1])
    #expect(answer.columns[1].name == "x times smaller" && answer.columns[1].all == [1, 5])
    #expect(
      answer.excluded.map(\.description) == [
        "od_inf_energy_mJ is 0.0, which can't be compared as a ratio", "od_inf_energy_mJ is missing",
        "acc is missing", "od_inf_energy_mJ is infinite",
      ])
    #expect(answer.excluded.map(\.row) == [0, 2, 3, 4])
  }

  @Test func `answers nothing where no row is valid`() throws {
    let none = ParetoMetric("a", .quality, values: [.nan])
    for method in ParetoQuery.Method.allCases {
      let answer = try ParetoQuery(method: method, order: .paretoness).answer(accuracy: none, against: [none])
      #expect(answer.rows.isEmpty && answer.columns[0].all.isEmpty && answer.excluded.count == 1)
    }
  }

  @Test func `takes three metrics at once, a subset of rows, and a named baseline`() throws {
    let size = ParetoMetric("od_size_MB", .size, values: golden.indices.map { 20 - Double($0) })
    let rate = ParetoMetric("rate", .rate, values: golden.map { 1000 / $0.time })
    let answer = try ParetoQuery(baseline: 3).answer(
      accuracy: accuracy, against: [rate, size], rows: [0, 3, 5, 9, 10])
    #expect(answer.valid == [0, 3, 5, 9, 10] && answer.front == [9, 3, 10, 5])
    #expect(answer.columns.map(\.name) == ["od_task_metric", "x times faster", "x times smaller"])
    #expect(abs(answer.columns[1].all[0] - 3.652221 / 1.752548) < 1e-12 && answer.columns[2].all[1] == 1)
  }

  @Test func `refuses what has no answer`() {
    let query = ParetoQuery()
    #expect(throws: ParetoRefusal.oneMetric) { try query.answer(accuracy: accuracy, against: []) }
    let short = ParetoMetric("t", .time, values: [1])
    #expect(throws: ParetoRefusal.lengthsDiffer(metric: "t", expected: 11, found: 1)) {
      try query.answer(accuracy: accuracy, against: [short])
    }
    #expect(throws: ParetoRefusal.badCount(0)) {
      try ParetoQuery(top: 0).answer(accuracy: accuracy, against: [time])
    }
    #expect(throws: ParetoRefusal.noSuchRow(11)) { try query.answer(accuracy: accuracy, against: [time], rows: [11]) }
    #expect(throws: ParetoRefusal.noSuchRow(-1)) {
      try ParetoQuery(baseline: -1).answer(accuracy: accuracy, against: [time])
    }
    #expect(throws: ParetoRefusal.badWeights) { try Paretoness.scores(of: [time], weights: [1]) }
    var noisy = time
    noisy.deviations = golden.map { _ in -1 }
    #expect(throws: ParetoRefusal.badNoise(metric: "od_inf_rate_ms")) { try Paretoness.scores(of: [noisy]) }
  }
}

@Suite("Rows within bounds")
struct ConstraintTests {
  let metrics = [
    ParetoMetric("latency", .time, values: [5, 8, 12, 30, .nan]),
    ParetoMetric("accuracy", .quality, values: [0.80, 0.91, 0.93, 0.99, 1]),
    ParetoMetric("size", .size, values: [1, 2, 2, 9, 1]),
  ]

  @Test func `come best first, ties broken by the next objective`() throws {
    let query = ConstraintQuery(
      bounds: [.init("latency", .atMost, 12), .init("accuracy", .atLeast, 0.9)], objectives: ["size", "accuracy"])
    let answer = try query.answer(from: metrics)
    #expect(answer.feasible == [2, 1] && answer.nearest.isEmpty)
    #expect(answer.excluded.map(\.description) == ["latency is missing"])
  }

  @Test func `name the nearest row, the bound it breaks and by how much`() throws {
    let query = ConstraintQuery(
      bounds: [.init("latency", .atMost, 10), .init("accuracy", .atLeast, 0.92)], objectives: ["accuracy"])
    let answer = try query.answer(from: metrics, nearest: 3)
    #expect(answer.feasible.isEmpty && answer.nearest.map(\.row) == [1, 0, 2])
    let miss = try #require(answer.nearest.first?.violations.first)
    #expect(miss.bound.metric == "accuracy" && abs(miss.excess - 0.01) < 1e-12 && miss.value == 0.91)
    #expect(abs(miss.relativeExcess - 0.01 / 0.92) < 1e-12)
    #expect(answer.nearest.allSatisfy { $0.violations.count == 1 })
  }

  @Test func `refuse names and numbers that mean nothing`() {
    #expect(throws: ParetoRefusal.noSuchMetric("latencu")) {
      try ConstraintQuery(bounds: [.init("latencu", .atMost, 1)]).answer(from: metrics)
    }
    #expect(throws: ParetoRefusal.badBound(metric: "size")) {
      try ConstraintQuery(bounds: [.init("size", .atMost, .nan)]).answer(from: metrics)
    }
  }
}
