// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Measuring
import Statistics
import Synchronization
import Testing

private struct Broken: Error, Equatable {}

/// What MLPerf's LoadGen measured and computed; see Fixtures/ORIGIN.md.
private struct LoadGenFixture: Decodable {
  struct Case: Decodable {
    var queries: Int
    var latencies: [UInt64]
    var summary: [String: Double]
  }
  var singleStream: [Case]

  static func load(in file: String = #filePath) throws -> LoadGenFixture {
    let url = URL(filePath: file).deletingLastPathComponent().appending(path: "Fixtures/loadgen.json")
    return try JSONDecoder().decode(LoadGenFixture.self, from: Data(contentsOf: url))
  }
}

@Suite("The single stream")
struct SingleStreamTests {
  @Test func `has the figures of MLPerf's LoadGen for its own latencies`() throws {
    for run in try LoadGenFixture.load().singleStream {
      #expect(run.latencies.count == run.queries)
      let summary = run.summary
      for (percentile, name) in [(0.5, "50.00"), (0.9, "90.00"), (0.95, "95.00"), (0.99, "99.00"), (0.999, "99.90")] {
        let record = SingleStreamScenario(percentile: percentile).record(run.latencies, 1)
        #expect((record.latency * 1e9).rounded() == summary["\(name) percentile latency (ns)"])
      }
      let record = SingleStreamScenario().record(run.latencies, 1)
      #expect(Double(Int(record.mean * 1e9 + 1e-6)) == summary["Mean latency (ns)"])
      let bound = record.confidentLatency.map { ($0 * 1e9).rounded() }
      #expect(bound == summary["Early stopping 90.0th percentile estimate"], "\(run.queries)")
      let tail = SingleStreamScenario(percentile: 0.99).record(run.latencies, 1).confidentLatency
      #expect(tail.map { ($0 * 1e9).rounded() } == summary["Early stopping 99.0th percentile estimate"])
      #expect(record.marks.contains { $0.contains("at least 64") } == (run.queries < 64))
    }
  }

  @Test func `goes on until least count and least time are reached`() {
    var count = 0
    let bounds = ScenarioBounds(minimumSamples: 70, minimumSeconds: 0, maximumSeconds: 60)
    let (record, durations) = SingleStreamScenario(bounds: bounds).run { count += 1 }
    #expect(record.queries == count && durations.count == count && count >= 70)
    #expect(record.isComplete && record.marks.isEmpty && record.queriesPerSecond > 0)
  }

  @Test func `ends at the largest count, and says that it was too early`() {
    let bounds = ScenarioBounds(minimumSamples: 100, minimumSeconds: 0, maximumSamples: 7)
    let (record, durations) = SingleStreamScenario(bounds: bounds).run {}
    #expect(record.queries == 7 && durations.count == 7 && !record.isComplete && record.confidentLatency == nil)
    #expect(record.marks.count == 2 && record.marks[0].hasPrefix("It ended after 7 samples"))
  }

  @Test func `passes on what a query throws`() {
    #expect(throws: Broken.self) { try SingleStreamScenario().run { () throws(Broken) in throw Broken() } }
  }
}

@Suite("The offline scenario")
struct OfflineTests {
  private let bounds = ScenarioBounds(minimumSamples: 64, minimumSeconds: 0, maximumSamples: 4096, maximumSeconds: 60)

  @Test func `keeps all sessions in flight and waits for each once`() throws {
    var (inFlight, most) = (Set<Int>(), 0)
    var order: [Int] = []
    let sessions = (0..<4).map { number in
      OfflineScenario.Session<Never>(
        start: {
          inFlight.insert(number)
          most = max(most, inFlight.count)
        },
        wait: {
          inFlight.remove(number)
          order.append(number)
        })
    }
    let record = OfflineScenario(bounds: bounds, batch: 8).run(sessions)
    #expect(most == 4 && inFlight.isEmpty)
    #expect(record.sessions == 4 && record.threads == 1 && record.batch == 8)
    #expect(record.samples == order.count * 8 && record.samples >= 64 && record.isComplete)
    #expect(order.prefix(8) == [0, 1, 2, 3, 0, 1, 2, 3])
    #expect(abs(record.samplesPerSecond * record.seconds - Double(record.samples)) < 1e-6)
  }

  @Test func `waits for what is in flight before it passes an error on`() {
    var (started, waited) = (0, 0)
    let sessions = (0..<3).map { _ in
      OfflineScenario.Session<Broken>(
        start: { started += 1 },
        wait: { () throws(Broken) in
          waited += 1
          if waited == 5 { throw Broken() }
        })
    }
    #expect(throws: Broken.self) { try OfflineScenario(bounds: bounds).run(sessions) }
    #expect(started == waited)
  }

  @Test func `runs nothing without sessions, and no more inferences than fit the largest count`() {
    let none = OfflineScenario(bounds: bounds).run([OfflineScenario.Session<Never>]())
    #expect(none.samples == 0 && none.samplesPerSecond == 0 && !none.isComplete)
    var started = 0
    let few = ScenarioBounds(minimumSamples: 1000, minimumSeconds: 0, maximumSamples: 2)
    let sessions = (0..<5).map { _ in OfflineScenario.Session<Never>(start: { started += 1 }, wait: {}) }
    #expect(OfflineScenario(bounds: few).run(sessions).samples == 2 && started == 2)
  }

  @Test func `runs each thread's inferences on that thread only`() throws {
    let threads = Mutex<[Int: Set<UInt>]>([:])
    let count = Atomic<Int>(0)
    let record = try OfflineScenario(bounds: bounds, batch: 2).run(threads: 3) { number in
      _ = threads.withLock { $0[number, default: []].insert(UInt(pthread_self())) }
      count.wrappingAdd(1, ordering: .relaxed)
    }
    #expect(record.threads == 3 && record.sessions == 3 && record.samples == 2 * count.load(ordering: .relaxed))
    #expect(record.samples >= 64 && threads.withLock { $0.values.allSatisfy { $0.count == 1 } })
  }

  @Test func `ends all threads when one fails`() {
    #expect(throws: Broken.self) {
      try OfflineScenario(bounds: ScenarioBounds(minimumSeconds: 3600, maximumSeconds: 3600)).run(threads: 2) {
        if $0 == 1 { throw Broken() }
        usleep(100)
      }
    }
  }

  @Test func `gives rates by window, their interval, and a mark for a drift`() throws {
    var tally = WindowedRates(windowSeconds: 0.1)
    for window in 0..<40 { tally.add(100 - window, at: Double(window) * 0.1 + 0.05) }
    let record = OfflineScenario(bounds: bounds).record(tally, samples: 3220, seconds: 4, sessions: 1, threads: 1)
    #expect(record.windowRates.count == 40 && record.windowRates.first == 1000)
    #expect(record.marks.contains { $0.hasPrefix("The rate fell by") })
    let interval = try #require(record.interval)
    #expect(interval.lower < 805 && 805 < interval.upper)
  }
}
