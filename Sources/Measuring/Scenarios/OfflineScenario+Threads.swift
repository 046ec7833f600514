// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Glibc
internal import Statistics
internal import Synchronization

extension OfflineScenario {
  /// Keeps one inference in flight on each of several threads. Warm up before.
  /// - Parameters:
  ///   - threads: How many; at least one.
  ///   - work: Runs one inference on the thread of a number, from 0 on; each thread calls it with its own number only.
  /// - Throws: what `work` threw first; the other threads end after the inference that they are at.
  public func run(threads: Int, _ work: @escaping @Sendable (_ thread: Int) throws -> Void) throws -> ThroughputRecord {
    let threads = max(threads, 1)
    let crew = OfflineCrew(scenario: self, threads: threads, work: work)
    let members = (0..<threads).map { number in crew.start(number) }
    crew.open()
    for member in members.compactMap(\.self) { pthread_join(member, nil) }
    return try crew.result(running: members.count { $0 != nil })
  }
}

/// Threads that draw inferences from one count until a bound is reached.
private final class OfflineCrew: Sendable {
  private struct Outcome {
    var tally: WindowedRates
    var inferences = 0
    var seconds = 0.0
    var failure: (any Error)?
  }

  private let scenario: OfflineScenario
  private let threads: Int
  private let work: @Sendable (Int) throws -> Void
  /// When all began, in nanoseconds of the monotonic clock; 0 before.
  private let start = Atomic<UInt64>(0)
  private let drawn = Atomic<Int>(0)
  private let isStopped = Atomic<Bool>(false)
  private let total: Mutex<Outcome>

  init(scenario: OfflineScenario, threads: Int, work: @escaping @Sendable (Int) throws -> Void) {
    self.scenario = scenario
    self.threads = threads
    self.work = work
    total = Mutex(Outcome(tally: WindowedRates(windowSeconds: scenario.windowSeconds)))
  }

  /// Starts a thread, which waits for ``open()``; `nil` if the system gives none.
  func start(_ number: Int) -> pthread_t? {
    let member = Unmanaged.passRetained(CrewMember(crew: self, number: number))
    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let member = Unmanaged<CrewMember>.fromOpaque(argument).takeRetainedValue()
        member.crew.run(member.number)
        return nil
      }, member.toOpaque())
    guard result == 0 else {
      member.release()
      return nil
    }
    return thread
  }

  func open() { start.store(MonotonicClock.nanoseconds, ordering: .releasing) }

  fileprivate func run(_ number: Int) {
    while start.load(ordering: .acquiring) == 0 { sched_yield() }
    var outcome = Outcome(tally: WindowedRates(windowSeconds: scenario.windowSeconds))
    while draw() {
      do {
        try work(number)
      } catch {
        outcome.failure = error
        isStopped.store(true, ordering: .relaxed)
        break
      }
      outcome.inferences += 1
      outcome.seconds = elapsed
      outcome.tally.add(scenario.batch, at: outcome.seconds)
    }
    total.withLock { total in
      total.tally.add(outcome.tally)
      total.inferences += outcome.inferences
      total.seconds = max(total.seconds, outcome.seconds)
      total.failure = total.failure ?? outcome.failure
    }
  }

  private var elapsed: Double { Double(MonotonicClock.nanoseconds &- start.load(ordering: .relaxed)) * 1e-9 }

  /// Takes one inference; false if no more are to be started.
  private func draw() -> Bool {
    guard !isStopped.load(ordering: .relaxed) else { return false }
    let before = drawn.wrappingAdd(1, ordering: .relaxed).oldValue
    return before < scenario.limit && !scenario.bounds.isOver(before * scenario.batch, elapsed)
  }

  func result(running: Int) throws -> ThroughputRecord {
    let total = total.withLock { $0 }
    if let failure = total.failure { throw failure }
    guard running == threads else {
      throw GalleyError(
        .tryAgain, "can't measure the throughput", why: "the system gave \(running) of \(threads) threads")
    }
    return scenario.record(
      total.tally, samples: total.inferences * scenario.batch, seconds: total.seconds, sessions: threads,
      threads: threads)
  }
}

private final class CrewMember {
  let crew: OfflineCrew
  let number: Int

  init(crew: OfflineCrew, number: Int) {
    self.crew = crew
    self.number = number
  }
}
