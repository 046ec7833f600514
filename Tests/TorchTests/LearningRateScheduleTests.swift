// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing
import Torch

@Suite struct LearningRateScheduleTests {
  @Test(arguments: [
    ("one-cycle", LearningRateSchedule.oneCycle),
    ("one-cycle-other", .oneCycle(warmUp: 0.1, initialDivisor: 10, finalDivisor: 100)),
    ("cosine", .cosine(final: 0.1)), ("step", .step(interval: 6, factor: 0.3)),
    ("warm-up", .warmUp(steps: 5, start: 0.1, then: .cosine(final: 0))),
  ])
  func ratesAreThoseOfPyTorch(name: String, schedule: LearningRateSchedule) throws {
    let data = try Data(contentsOf: Reference.fixtures.appending(path: "schedules.json"))
    let rates = try #require(try JSONDecoder().decode([String: [Double]].self, from: data)[name])
    for (step, expected) in rates.enumerated() {
      let rate = schedule.rate(step: step, of: rates.count, peak: 0.3)
      #expect(abs(rate - expected) <= 1e-9 * 0.3, "step \(step)")
    }
  }

  @Test(arguments: [
    LearningRateSchedule.constant, .cosine(final: 0), .oneCycle, .step(interval: 0, factor: 0.5),
    .warmUp(steps: 3, start: 0, then: .oneCycle),
  ])
  func shortRunsHaveFiniteRates(schedule: LearningRateSchedule) {
    for total in 1...5 {
      for step in 0..<total {
        let rate = schedule.rate(step: step, of: total, peak: 1)
        #expect((0...1).contains(rate), "step \(step) of \(total)")
      }
    }
  }
}
