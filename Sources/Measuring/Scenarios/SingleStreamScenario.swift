// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Statistics

/// One query after the other, as MLPerf's single stream: the next begins when the one before has ended, and what the
/// scenario does in between is not part of a latency.
public struct SingleStreamScenario: Sendable, Hashable {
  /// How long it goes on.
  public var bounds: ScenarioBounds
  /// The percentile that is reported, as a fraction.
  public var percentile: Double

  /// Chooses; MLPerf reports the 90th percentile.
  public init(bounds: ScenarioBounds = ScenarioBounds(), percentile: Double = 0.9) {
    self.bounds = bounds
    self.percentile = percentile.isFinite ? min(max(percentile, 0), 0.9999) : 0.9
  }

  /// Runs queries. Warm up before.
  /// - Returns: the record, and every query's latency in nanoseconds in their order.
  /// - Throws: what `query` throws.
  public func run<Failure: Error>(
    _ query: () throws(Failure) -> Void
  ) throws(Failure) -> (record: StreamRecord, durations: DurationList) {
    var log = DurationLog(capacity: min(max(bounds.minimumSamples, 1024), bounds.maximumSamples, 1 << 20))
    var all: [UInt64] = []
    let start = MonotonicClock.nanoseconds
    var elapsed = 0.0
    while !bounds.isOver(all.count, elapsed) {
      log.removeAll()
      // Between two looks at the clock lies a hundredth of a second of work, or one query.
      let median = all.last.map { Double($0) * 1e-9 } ?? .infinity
      let count = Int(min(max(0.01 / max(median, 1e-9), 1), Double(log.capacity)))
      try TimedLoop.run(min(count, bounds.maximumSamples - all.count), into: &log, query)
      all += log.nanoseconds
      elapsed = Double(MonotonicClock.nanoseconds &- start) * 1e-9
    }
    return (record(all, elapsed), DurationList(all))
  }

  /// The figures of latencies in nanoseconds that took `elapsed` seconds with what lay between.
  package func record(_ nanoseconds: [UInt64], _ elapsed: Double) -> StreamRecord {
    let sorted = nanoseconds.map { Double($0) * 1e-9 }.sorted()
    let position = min(Int(Double(sorted.count) * percentile), max(sorted.count - 1, 0))
    let bound = EarlyStopping(percentile: percentile).flatMap { test in
      test.position(count: sorted.count).map { sorted[$0] }
    }
    let isComplete = bounds.isReached(sorted.count, elapsed)
    return StreamRecord(
      queries: sorted.count, percentile: percentile, latency: sorted.isEmpty ? 0 : sorted[position],
      confidentLatency: bound, mean: sorted.isEmpty ? 0 : sorted.reduce(0, +) / Double(sorted.count),
      queriesPerSecond: elapsed > 0 ? Double(sorted.count) / elapsed : 0, isComplete: isComplete,
      marks: marks(sorted.count, elapsed, bound != nil))
  }

  private func marks(_ count: Int, _ elapsed: Double, _ hasBound: Bool) -> [String] {
    var marks = bounds.marks(count, elapsed)
    if !hasBound, let needed = EarlyStopping(percentile: percentile)?.minimumCount {
      marks.append("\(count) of at least \(needed) queries were run that bound the percentile with 99 % confidence.")
    }
    return marks
  }
}

extension ScenarioBounds {
  /// What was not reached.
  func marks(_ samples: Int, _ seconds: Double) -> [String] {
    guard !isReached(samples, seconds) else { return [] }
    let time = (seconds * 10).rounded() / 10
    return [
      "It ended after \(samples) samples and \(time) s; \(minimumSamples) samples and \(minimumSeconds) s were asked for."
    ]
  }
}
