// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Statistics

/// Repeats work until its durations have settled, within bounds.
public struct WarmUp: Sendable, Hashable {
  /// When the durations count as settled.
  public var settling: SettlingTest
  /// Most repetitions.
  public var maximumRepetitions: Int
  /// Most time, in nanoseconds; the repetition that exceeds it is finished.
  public var maximumNanoseconds: UInt64
  /// Least time, in nanoseconds: a clock frequency needs some milliseconds to rise.
  public var minimumNanoseconds: UInt64

  /// What a warm-up did.
  public struct Outcome: Sendable, Hashable, Codable {
    /// Repetitions.
    public var repetitions: Int
    /// Whether the durations had settled before a bound was reached.
    public var settled: Bool
    /// Median of the last durations, in seconds: what one repetition takes.
    public var median: Double

    /// Creates an outcome.
    public init(repetitions: Int, settled: Bool, median: Double) {
      self.repetitions = repetitions
      self.settled = settled
      self.median = median
    }
  }

  /// Chooses bounds; the defaults suit latencies from microseconds to seconds.
  public init(
    settling: SettlingTest = SettlingTest(windowLength: 5, windows: 4, tolerance: 0.03),
    maximumRepetitions: Int = 1_000_000,
    maximumNanoseconds: UInt64 = 5_000_000_000, minimumNanoseconds: UInt64 = 30_000_000
  ) {
    self.settling = settling
    self.maximumRepetitions = max(1, maximumRepetitions)
    self.maximumNanoseconds = maximumNanoseconds
    self.minimumNanoseconds = minimumNanoseconds
  }

  /// Repeats `work` until its durations have settled or a bound is reached.
  ///
  /// What is tested is a sequence of medians, each of a quarter of a millisecond of work or of one repetition if that
  /// lasts longer: so a window is long enough for a clock frequency to change within, however short the work is.
  public func run<Failure: Error>(_ work: () throws(Failure) -> Void) throws(Failure) -> Outcome {
    let start = MonotonicClock.nanoseconds
    var log = DurationLog(capacity: settling.minimumCount)
    var medians: [Double] = []
    var done = 0
    var batch = 1
    while true {
      log.removeAll()
      let settled = medians.count >= settling.minimumCount && settling.hasSettled(medians)
      let elapsed = MonotonicClock.nanoseconds &- start
      let isOver = done >= maximumRepetitions || elapsed >= maximumNanoseconds
      if isOver || (settled && elapsed >= minimumNanoseconds) {
        let recent = Array(medians.suffix(settling.minimumCount))
        return Outcome(repetitions: done, settled: settled, median: Percentile.median(recent) ?? 0)
      }
      if batch > log.capacity { log = DurationLog(capacity: batch) }
      let count = min(batch, maximumRepetitions - done)
      try TimedLoop.run(count, into: &log, work)
      done += count
      let median = Percentile.median(log.seconds()) ?? 0
      medians.append(median)
      batch = Self.repetitions(lasting: 250_000, each: median, atMost: 10_000)
    }
  }

  /// How often work of `median` seconds is done in about `nanoseconds`; at least once.
  private static func repetitions(lasting nanoseconds: Double, each median: Double, atMost limit: Int) -> Int {
    guard median > 0 else { return 1 }
    return Int(min(max(nanoseconds * 1e-9 / median, 1), Double(limit)))
  }
}
