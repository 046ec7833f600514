// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

package import Statistics

/// As many samples per second as a system can, as MLPerf's offline scenario: all samples wait from the beginning, and
/// several inferences are in flight.
///
/// It doesn't know what it measures: an inference is a closure, or a pair of closures for a runtime that starts one and
/// waits for it later. Sweeps over batches and threads are made by the caller.
public struct OfflineScenario: Sendable, Hashable {
  /// How long it goes on; counted in samples.
  public var bounds: ScenarioBounds
  /// Samples in one inference.
  public var batch: Int
  /// Length of the windows in which the rate is looked at, in seconds.
  public var windowSeconds: Double

  /// A session that starts an inference and waits for it apart.
  public struct Session<Failure: Error> {
    /// Starts one inference and comes back at once.
    public var start: () throws(Failure) -> Void
    /// Waits until it has ended.
    public var wait: () throws(Failure) -> Void

    /// Creates a session.
    public init(start: @escaping () throws(Failure) -> Void, wait: @escaping () throws(Failure) -> Void) {
      self.start = start
      self.wait = wait
    }
  }

  /// Chooses.
  public init(bounds: ScenarioBounds = ScenarioBounds(), batch: Int = 1, windowSeconds: Double = 0.1) {
    self.bounds = bounds
    self.batch = max(batch, 1)
    self.windowSeconds = windowSeconds.isFinite ? max(windowSeconds, 0.001) : 0.1
  }

  /// Keeps all sessions in flight from this thread: waits for the one that was started first, and starts it again. Warm
  /// up before.
  /// - Throws: what a session throws; those in flight are waited for first.
  public func run<Failure: Error>(_ sessions: [Session<Failure>]) throws(Failure) -> ThroughputRecord {
    var tally = WindowedRates(windowSeconds: windowSeconds)
    var (started, ended, next) = (0, 0, 0)
    let start = MonotonicClock.nanoseconds
    var elapsed = 0.0
    do {
      for session in sessions where started == 0 || started < limit {
        try session.start()
        started += 1
      }
      while ended < started {
        let session = sessions[next]
        next = (next + 1) % sessions.count
        ended += 1
        try session.wait()
        elapsed = Double(MonotonicClock.nanoseconds &- start) * 1e-9
        tally.add(batch, at: elapsed)
        guard started < limit, !bounds.isOver(started * batch, elapsed) else { continue }
        try session.start()
        started += 1
      }
    } catch {
      // What is in flight uses buffers that the caller may free.
      while ended < started {
        try? sessions[next].wait()
        next = (next + 1) % sessions.count
        ended += 1
      }
      throw error
    }
    return record(tally, samples: ended * batch, seconds: elapsed, sessions: sessions.count, threads: 1)
  }

  /// Inferences that may be started at most.
  var limit: Int { max(bounds.maximumSamples / batch, 1) }

  /// The figures of a run.
  package func record(
    _ tally: WindowedRates, samples: Int, seconds: Double, sessions: Int, threads: Int
  ) -> ThroughputRecord {
    let rates = tally.rates(until: seconds)
    let isComplete = bounds.isReached(samples, seconds)
    return ThroughputRecord(
      samplesPerSecond: seconds > 0 ? Double(samples) / seconds : 0, samples: samples, seconds: seconds, batch: batch,
      sessions: sessions, threads: threads, windowSeconds: windowSeconds, windowRates: rates,
      interval: Interval.batchMeans(rates), isComplete: isComplete,
      marks: bounds.marks(samples, seconds) + [Self.drift(rates)].compactMap { $0 })
  }

  /// A drift counts if chance makes one as consistent in fewer than one of a hundred sequences, and if it is larger than
  /// a twentieth of the median.
  private static func drift(_ rates: [Double]) -> String? {
    // The test's work grows with the square of the count.
    let step = max(rates.count / 200, 1)
    let coarse = stride(from: 0, to: rates.count - rates.count % step, by: step).map { start in
      rates[start..<(start + step)].reduce(0, +) / Double(step)
    }
    guard let test = DriftTest(coarse), test.pValue < 0.01, abs(test.relativeChange) > 0.05 else { return nil }
    let change = (abs(test.relativeChange) * 1000).rounded() / 10
    return "The rate \(test.relativeChange > 0 ? "rose" : "fell") by \(change) % while it was measured."
  }
}
