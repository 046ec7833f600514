// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Golden
internal import Statistics
internal import Targets

extension Reproduction {
  /// Compares a row with what was measured now.
  /// - Parameter notes: what else is different; one sentence each.
  init(of row: GoldenRow, _ earlier: Measurement, _ later: Measurement, isRetrained: Bool = false, notes: [String] = [])
  {
    self.init(
      row: row.id, figures: Self.figures(earlier, later), differences: notes + Self.differences(earlier, later),
      measurement: later, isRetrained: isRetrained)
  }

  private static func figures(_ earlier: Measurement, _ later: Measurement) -> [Figure] {
    var figures: [Figure] = []
    if let then = earlier.quality, let now = later.quality {
      figures.append(
        Figure(
          name: "accuracy (fraction)", then: then.accuracy, thenInterval: then.accuracyInterval, now: now.accuracy,
          nowInterval: now.accuracyInterval))
    }
    figures.append(
      Figure(
        name: "latency (s)", then: earlier.latency.summary.median, thenInterval: earlier.latency.medianInterval,
        now: later.latency.summary.median, nowInterval: later.latency.medianInterval))
    if let (then, thenInterval) = throughput(earlier), let (now, nowInterval) = throughput(later) {
      figures.append(
        Figure(
          name: "throughput (1/s)", then: then, thenInterval: thenInterval, now: now, nowInterval: nowInterval))
    }
    return figures
  }

  /// The median of the processes' rates, in samples per second, with its interval; `nil` for fewer than two processes.
  private static func throughput(_ measurement: Measurement) -> (median: Double, interval: Interval)? {
    let rates = (measurement.throughput ?? []).map(\.samplesPerSecond)
    guard let median = Percentile.median(rates), let interval = Interval.betweenProcesses(rates) else { return nil }
    return (median, interval)
  }

  private static func differences(_ earlier: Measurement, _ later: Measurement) -> [String] {
    var found: [String] = []
    func compare(_ what: String, _ then: String, _ now: String) {
      if then != now { found.append("The \(what) was \(then) and is \(now).") }
    }
    compare("machine", earlier.environment.fingerprint, later.environment.fingerprint)
    compare("runtime's version", earlier.runtime.version, later.runtime.version)
    compare(
      "runtime's library", earlier.runtime.libraryDigest?.short ?? "unknown",
      later.runtime.libraryDigest?.short ?? "unknown")
    compare("governor", earlier.environment.governor ?? "unknown", later.environment.governor ?? "unknown")
    let (then, now) = (earlier.conditions.interleavedWith.count, later.conditions.interleavedWith.count)
    if then != now {
      found.append("Then it took turns with \(then) others, now \(now == 0 ? "it ran alone" : "with \(now)").")
    }
    return found + later.verdict.marks
  }
}
