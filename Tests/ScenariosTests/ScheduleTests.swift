// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Scenarios
import Synchronization
import Testing

@Suite struct ScheduleTests {
  private func demand(_ after: [Int] = [], _ memory: Int = 1, alone: Bool = false) -> Schedule.Demand {
    Schedule.Demand(dependencies: after, memoryBytes: memory, isAlone: alone)
  }

  @Test func independentStagesRunAtOnceAndOthersWait() {
    var schedule = Schedule(
      [demand(), demand([0]), demand([0]), demand([1, 2])], limits: ResourceLimits(memoryBytes: 10, stages: 4))
    #expect(schedule.start() == [0])
    #expect(schedule.start() == [])
    schedule.finish(0)
    #expect(schedule.start() == [1, 2])
    schedule.finish(2)
    #expect(schedule.start() == [])
    schedule.finish(1)
    #expect(schedule.start() == [3])
    schedule.finish(3)
    #expect(schedule.isFinished)
  }

  @Test func memoryAndProcessorsAreNeverExceeded() {
    var schedule = Schedule(
      [demand([], 6), demand([], 5), demand([], 4), demand([], 20), demand([], 1)],
      limits: ResourceLimits(memoryBytes: 10, stages: 2))
    #expect(schedule.start() == [0, 2])
    schedule.finish(0)
    #expect(schedule.start() == [1])
    schedule.finish(1)
    #expect(schedule.start() == [4])
    schedule.finish(2)
    schedule.finish(4)
    // More than all memory: alone, or it would never run.
    #expect(schedule.start() == [3])
    #expect(schedule.start() == [])
  }

  @Test func whatMeasuresRunsAloneAndLast() {
    var schedule = Schedule(
      [demand(alone: true), demand(), demand([1]), demand(alone: true)],
      limits: ResourceLimits(memoryBytes: 10, stages: 8))
    #expect(schedule.start() == [1])
    schedule.finish(1)
    #expect(schedule.start() == [2])
    schedule.finish(2)
    #expect(schedule.start() == [0])
    #expect(schedule.start() == [])
    schedule.finish(0)
    #expect(schedule.start() == [3])
  }

  @Test func timeByTheClockCountsWhatRunsAtOnceOnce() {
    let demands = [demand(), demand([0]), demand([0]), demand([1, 2], 1, alone: true)]
    let seconds = [1.0, 5, 3, 2]
    #expect(Schedule.duration(demands, seconds, limits: ResourceLimits(memoryBytes: 10, stages: 2)) == 8)
    #expect(Schedule.duration(demands, seconds, limits: ResourceLimits(memoryBytes: 10, stages: 1)) == 11)
    #expect(Schedule.duration(demands, seconds, limits: ResourceLimits(memoryBytes: 1, stages: 2)) == 11)
  }

  @Test(arguments: 0..<20)
  func resultsDoNotDependOnTheOrder(seed: UInt64) async throws {
    // A graph whose stages end in another order each time.
    let demands = (0..<12).map { stage in
      Schedule.Demand(dependencies: (0..<stage).filter { ($0 * 7 + stage) % 3 == 0 }, memoryBytes: 1 + stage % 4)
    }
    let limits = ResourceLimits(memoryBytes: 6, stages: 3)
    let load = Mutex((stages: 0, memory: 0, most: 0, mostMemory: 0))
    let values = try await Schedule.run(demands, limits: limits) { (stage, earlier: [Int: Int]) -> Int in
      load.withLock {
        $0.stages += 1
        $0.memory += demands[stage].memoryBytes
        ($0.most, $0.mostMemory) = (max($0.most, $0.stages), max($0.mostMemory, $0.memory))
      }
      for _ in 0..<(UInt64(stage) &* 2_654_435_761 ^ seed &* 40_503) % 7 { await Task.yield() }
      load.withLock {
        $0.stages -= 1
        $0.memory -= demands[stage].memoryBytes
      }
      return earlier.values.reduce(stage + 1, &+)
    }
    var expected: [Int: Int] = [:]
    for (stage, demand) in demands.enumerated() {
      expected[stage] = demand.dependencies.reduce(stage + 1) { $0 + (expected[$1] ?? 0) }
    }
    #expect(values == expected)
    load.withLock {
      #expect($0.most <= 3)
      #expect($0.mostMemory <= 6)
    }
  }

  private struct Failure: Error {}

  @Test func theFirstFailureCancelsTheRestAndLeavesNothingRunning() async {
    let log = Mutex<[String]>([])
    let demands = [demand(), demand(), demand([0]), demand([1])]
    await #expect(throws: Failure.self) {
      _ = try await Schedule.run(demands, limits: ResourceLimits(memoryBytes: 10, stages: 4)) {
        (stage, _: [Int: Int]) -> Int in
        switch stage {
        case 0:
          throw Failure()
        case 1:
          do {
            try await Task.sleep(for: .seconds(60))
          } catch {
            log.withLock { $0.append("cancelled") }
            throw error
          }
          return 1
        default:
          log.withLock { $0.append("stage \(stage) began") }
          return stage
        }
      }
    }
    #expect(log.withLock { $0 } == ["cancelled"])
  }
}
