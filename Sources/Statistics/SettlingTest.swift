// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Decides when a sequence of durations has settled, so that warm-up can end.
///
/// The values are cut into windows; the sequence has settled when the medians of the last `windows` of them all lie
/// within `tolerance` of their own median, relative to it. One slow value (an interrupt) doesn't move a median; a slow
/// start, a filling cache or a rising clock frequency does.
public struct SettlingTest: Sendable, Hashable {
  /// Values in one window.
  public let windowLength: Int
  /// How many windows must agree.
  public let windows: Int
  /// Largest relative distance of a window's median.
  public let tolerance: Double

  /// Creates a test; the defaults suit latencies.
  public init(windowLength: Int = 10, windows: Int = 4, tolerance: Double = 0.02) {
    self.windowLength = max(1, windowLength)
    self.windows = max(2, windows)
    self.tolerance = tolerance
  }

  /// Values needed before the test can pass.
  public var minimumCount: Int { windowLength * windows }

  /// Whether the end of `values` has settled.
  public func hasSettled(_ values: [Double]) -> Bool {
    guard values.count >= minimumCount else { return false }
    let start = values.count - minimumCount
    let medians = (0..<windows).compactMap { window in
      let first = start + window * windowLength
      return Percentile.median(Array(values[first..<first + windowLength]))
    }
    guard let middle = Percentile.median(medians), middle.isFinite else { return false }
    return medians.allSatisfy { abs($0 - middle) <= tolerance * abs(middle) }
  }
}
