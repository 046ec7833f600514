// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Measuring
import Statistics
import Testing

private struct Broken: Error, Equatable {}

@Suite("The measuring loop")
struct LoopTests {
  @Test func `does the work as often as asked and logs each duration`() {
    var log = DurationLog(capacity: 10)
    var count = 0
    TimedLoop.run(7, into: &log) { count += 1 }
    #expect(count == 7 && log.count == 7 && log.nanoseconds.count == 7 && log.room == 3)
    TimedLoop.run(7, into: &log) { count += 1 }
    #expect(count == 10 && log.count == 10 && log.room == 0)
    #expect(log.seconds(from: 8).count == 2 && log.seconds(from: 99).isEmpty && log.seconds(from: -1).count == 10)
    log.removeAll()
    #expect(log.count == 0 && log.capacity == 10)
    TimedLoop.run(0, into: &log) { count += 1 }
    TimedLoop.run(-3, into: &log) { count += 1 }
    #expect(count == 10)
  }

  @Test func `its durations add up to no more than the time that passed`() {
    var log = DurationLog(capacity: 1000)
    var sum = 0.0
    let start = MonotonicClock.nanoseconds
    TimedLoop.run(1000, into: &log) { sum += Double(start).squareRoot() }
    let elapsed = MonotonicClock.nanoseconds - start
    #expect(log.nanoseconds.reduce(0, +) <= elapsed && sum > 0)
  }

  @Test func `passes on what the work throws, with its type, and keeps what came before`() {
    var log = DurationLog(capacity: 10)
    var count = 0
    #expect(throws: Broken.self) {
      try TimedLoop.run(10, into: &log) { () throws(Broken) in
        count += 1
        if count == 4 { throw Broken() }
      }
    }
    #expect(log.count == 3)
  }

  @Test func `times a single piece of work and gives its result`() {
    let start = MonotonicClock.nanoseconds
    let (result, nanoseconds) = TimedLoop.once { 42 }
    #expect(result == 42 && nanoseconds <= MonotonicClock.nanoseconds - start)
  }
}

@Suite("Warm-up")
struct WarmUpTests {
  @Test func `stops at its bounds when durations don't settle`() {
    let never = SettlingTest(windowLength: 5, windows: 4, tolerance: -1)
    var count = 0
    let outcome = WarmUp(settling: never, maximumRepetitions: 500).run { count += 1 }
    #expect(outcome.repetitions == 500 && count == 500 && !outcome.settled)
    let brief = WarmUp(settling: never, maximumNanoseconds: 1_000_000).run { count += 1 }
    #expect(!brief.settled && brief.repetitions >= 1)
  }

  @Test func `ends when durations have settled, but not before its least time`() {
    let always = SettlingTest(windowLength: 1, windows: 2, tolerance: .infinity)
    let start = MonotonicClock.nanoseconds
    let outcome = WarmUp(settling: always, minimumNanoseconds: 5_000_000).run {}
    #expect(outcome.settled && outcome.median >= 0)
    #expect(MonotonicClock.nanoseconds - start >= 5_000_000)
  }

  @Test func `passes on what the work throws`() {
    #expect(throws: Broken.self) { try WarmUp().run { () throws(Broken) in throw Broken() } }
  }
}

@Suite("Turns")
struct BlockRuleTests {
  @Test(arguments: [
    (4e-6, 5000), (1e-3, 20), (0.5e-3, 40), (0.1, 20), (0.2, 1), (5, 1), (0, 20), (-1, 20), (.nan, 20),
  ]) func `hold enough inferences and enough time`(seconds: Double, repetitions: Int) {
    #expect(BlockRule().repetitions(each: seconds) == repetitions)
  }
}
