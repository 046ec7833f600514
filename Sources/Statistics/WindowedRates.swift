// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Events counted in windows of equal length, so that one can judge how steady their rate is.
public struct WindowedRates: Sendable, Hashable {
  /// Length of one window in seconds.
  public let windowSeconds: Double
  /// Events of each window, whether it is full or not.
  public private(set) var counts: [Int] = []

  /// Makes no windows yet.
  /// - Parameter windowSeconds: Length of one window; at least a microsecond.
  public init(windowSeconds: Double) { self.windowSeconds = max(windowSeconds, 1e-6) }

  /// Counts events that ended together.
  /// - Parameter seconds: When, after the start of the first window; what lies before it counts in the first.
  public mutating func add(_ events: Int = 1, at seconds: Double) {
    guard seconds.isFinite else { return }
    let window = Int(min(max(seconds / windowSeconds, 0), 1e7))
    if window >= counts.count { counts += [Int](repeating: 0, count: window - counts.count + 1) }
    counts[window] += events
  }

  /// Adds what another counted in windows of the same length and start.
  public mutating func add(_ other: WindowedRates) {
    if other.counts.count > counts.count {
      counts += [Int](repeating: 0, count: other.counts.count - counts.count)
    }
    for (window, count) in other.counts.enumerated() { counts[window] += count }
  }

  /// Events per second of each window that was over before `end`, in seconds.
  public func rates(until end: Double) -> [Double] {
    let full = Int(min(max(end / windowSeconds, 0), Double(counts.count)))
    return counts.prefix(full).map { Double($0) / windowSeconds }
  }
}

extension Interval {
  /// The interval of a mean rate from the rates of windows: Student's t on the means of batches of neighbouring windows,
  /// which are nearly independent even if neighbours resemble each other (batch means; Law, "Simulation Modeling and
  /// Analysis", 5th edition, section 9.5.3).
  /// - Returns: `nil` for fewer than four windows, or a value that is not finite.
  public static func batchMeans(_ rates: [Double], level: Double = 0.95) -> Interval? {
    guard rates.count >= 4 else { return nil }
    let batches = rates.count < 20 ? rates.count : min(20, rates.count / 2)
    let size = rates.count / batches
    // Windows that don't fill a batch are those at the start.
    let used = Array(rates.suffix(batches * size))
    let means = (0..<batches).map { batch in
      used[(batch * size)..<((batch + 1) * size)].reduce(0, +) / Double(size)
    }
    guard var interval = betweenProcesses(means, level: level) else { return nil }
    interval.method = "t-of-batch-means"
    return interval
  }
}
