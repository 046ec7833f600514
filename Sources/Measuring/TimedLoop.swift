// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The measuring loop. It doesn't know what it measures: it takes a piece of work, repeats it, and writes down how long
/// each repetition took.
///
/// The clock is read once between two repetitions: the end of one is the start of the next, so that a duration holds
/// the work and one reading of the clock (about 20 ns through the vDSO) and nothing else. The loop allocates nothing,
/// touches no reference counts and is specialized for the work where the caller is compiled with optimization.
public enum TimedLoop {
  /// Repeats `work` and logs each duration.
  /// - Parameters:
  ///   - repetitions: How often; at most as often as the log has room.
  ///   - log: Takes the durations.
  ///   - work: What is measured.
  /// - Throws: what `work` throws; the repetitions before it are in the log.
  @inlinable
  public static func run<Failure: Error>(
    _ repetitions: Int, into log: inout DurationLog, _ work: () throws(Failure) -> Void
  ) throws(Failure) {
    let repetitions = min(repetitions, log.room)
    guard repetitions > 0, let slots = log.nextSlot else { return }
    var done = 0
    defer { log.advance(by: done) }
    var start = MonotonicClock.nanoseconds
    while done < repetitions {
      try work()
      let end = MonotonicClock.nanoseconds
      slots[done] = end &- start
      start = end
      done &+= 1
    }
  }

  /// Does `work` once.
  /// - Returns: what it gave, and the nanoseconds that it took.
  @inlinable
  public static func once<Result, Failure: Error>(
    _ work: () throws(Failure) -> Result
  ) throws(Failure) -> (result: Result, nanoseconds: UInt64) {
    let start = MonotonicClock.nanoseconds
    let result = try work()
    return (result, MonotonicClock.nanoseconds &- start)
  }
}
